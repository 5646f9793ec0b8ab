using System.Collections.Frozen;
using System.Text.Json;
using Personalization.Features.Contracts;
using Personalization.Kernel.Json;

namespace Personalization.Decisioning.Domain.Experiments.Running;

/// <summary>Reads a definition with all its faults, and makes what decisions read of it.</summary>
/// <param name="placements">As they are configured, by name.</param>
/// <param name="steps">Names of the steps that an arm may leave out.</param>
/// <param name="isModelVersion">Whether there is such a version of the session neighbours.</param>
/// <param name="conditions">Compiles whom an experiment is about.</param>
internal sealed class ExperimentCompiler(IDictionary<string, PlacementOptions> placements, IReadOnlyCollection<string> steps, Func<int, bool> isModelVersion, IConditions conditions)
{
    /// <param name="key">Of the experiment.</param>
    /// <param name="version">That it gets.</param>
    /// <param name="body">JSON.</param>
    /// <param name="faults">Takes all that is wrong; then the answer is not to be used.</param>
    public PlacementExperiment? Read(string key, long version, byte[] body, List<FlagFault> faults)
    {
        try
        {
            var reader = new ExperimentReader(conditions, faults);
            var read = reader.Read(key, version, BodyJson.Parse(body));
            Check(read, faults);
            return read;
        }
        catch (JsonException error)
        {
            faults.Add(new FlagFault("", $"It is not JSON from byte {error.BytePositionInLine} of line {error.LineNumber} on."));
            return null;
        }
    }

    public RunningExperiment Compile(PlacementExperiment experiment, ExperimentState state, int number) => new(
        experiment,
        state,
        number,
        [.. experiment.Arms.Select(arm => new RunningArm(arm.Key, state.StoppedArms.ContainsKey(arm.Key), arm.IsPassthrough, PlacementsOf(experiment).ToFrozenDictionary(
            name => name,
            name => Placement.From(name, ArmOptions.Apply(placements[name], arm.Options, "", [])) with
            {
                Experiment = experiment.Key,
                Variant = arm.Key,
                WithoutSteps = arm.WithoutSteps.Count == 0 ? null : arm.WithoutSteps,
            },
            StringComparer.Ordinal)))]);

    public IEnumerable<string> PlacementsOf(PlacementExperiment experiment) => experiment.Placement is { } one ? [one] : placements.Keys;

    private void Check(PlacementExperiment experiment, List<FlagFault> faults)
    {
        if (experiment.Placement is { } name && !placements.ContainsKey(name))
        {
            faults.Add(new FlagFault("/placement", $"There is no such placement; configured are {string.Join(", ", placements.Keys.Order(StringComparer.Ordinal))}."));
            return;
        }

        foreach (var (place, arm) in experiment.Arms.Index())
        {
            foreach (var placement in PlacementsOf(experiment))
            {
                var found = new List<FlagFault>();
                var options = ArmOptions.Apply(placements[placement], arm.Options, $"/arms/{place}/options", found);
                if (options.ModelVersion is { } version && !isModelVersion(version))
                {
                    found.Add(new FlagFault($"/arms/{place}/options/modelVersion", "There is no such version of the session neighbours."));
                }

                faults.AddRange(found.Where(fault => !faults.Contains(fault)));
            }

            faults.AddRange(arm.WithoutSteps.Where(step => !steps.Contains(step)).Select(step => new FlagFault(
                $"/arms/{place}/withoutSteps", $"No step that may be left out is called '{step}'; there are: {string.Join(", ", steps.Order(StringComparer.Ordinal))}.")));
        }
    }
}
