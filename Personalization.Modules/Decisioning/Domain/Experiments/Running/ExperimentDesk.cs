using System.Collections.Frozen;
using System.Text.Json;

namespace Personalization.Decisioning.Domain.Experiments.Running;

/// <summary>One experiment with its state.</summary>
internal sealed record KnownExperiment(PlacementExperiment Definition, ExperimentState State, long PutAtMs, byte[] Body);

/// <summary>What became of a change.</summary>
/// <param name="Known">The experiment as it is now; null when the change was refused.</param>
/// <param name="Faults">Why.</param>
internal sealed record ExperimentOutcome(KnownExperiment? Known, IReadOnlyList<FlagFault> Faults)
{
    public static ExperimentOutcome Refused(string pointer, string detail) => new(null, [new FlagFault(pointer, detail)]);
}

/// <summary>
/// All experiments with placements. Whoever changes one writes it to disk first; decisions read one frozen table, which is replaced whole. A change is
/// in effect for every decision that begins after it has returned.
/// </summary>
internal sealed class ExperimentDesk
{
    private readonly Lock _lock = new();
    private readonly IExperimentStore _store;
    private readonly ExperimentCompiler _compiler;
    private readonly ExperimentOptions _options;
    private readonly TimeProvider _time;
    private readonly Dictionary<string, KnownExperiment> _known = new(StringComparer.Ordinal);
    private volatile FrozenDictionary<string, RunningExperiment[]> _running = FrozenDictionary<string, RunningExperiment[]>.Empty;

    /// <exception cref="InvalidDataException">What is stored cannot be read any more: options of a placement that this program does not have.</exception>
    public ExperimentDesk(IExperimentStore store, ExperimentCompiler compiler, ExperimentOptions options, TimeProvider time)
    {
        (_store, _compiler, _options, _time) = (store, compiler, options, time);
        foreach (var stored in store.LoadAll())
        {
            var faults = new List<FlagFault>();
            var definition = compiler.Read(stored.Key, stored.Version, stored.Body, faults);
            if (definition?.When is not null)
            {
                // A segment that was deleted since, or is not here yet: the condition holds for nobody until it comes.
                faults.RemoveAll(fault => fault.Pointer.StartsWith(ExperimentReader.WhenPointer, StringComparison.Ordinal));
            }

            if (faults.Count > 0)
            {
                throw new InvalidDataException($"Experiment {stored.Key} cannot be read: {faults[0].Pointer} {faults[0].Detail}");
            }

            _known[stored.Key] = new KnownExperiment(definition!, JsonSerializer.Deserialize<ExperimentState>(stored.State)!, stored.PutAtMs, stored.Body);
        }

        Refresh();
    }

    /// <summary>Those that may decide for a placement, in the order in which they are asked. On the decision path.</summary>
    public RunningExperiment[] RunningAt(string placement) => _running.GetValueOrDefault(placement, []);

    /// <summary>By key.</summary>
    public IReadOnlyList<KnownExperiment> All()
    {
        lock (_lock)
        {
            return [.. _known.Values.OrderBy(known => known.Definition.Key, StringComparer.Ordinal)];
        }
    }

    public KnownExperiment? Find(string key)
    {
        lock (_lock)
        {
            return _known.GetValueOrDefault(key);
        }
    }

    /// <summary>A kept assignment in words: the keys of its experiment and arm; null when the experiment is gone.</summary>
    public (string Experiment, string Arm)? Describe(int number, int arm) =>
        _store.KeyOf(number) is { } key && Find(key) is { } known ? (key, known.Definition.Arms.ElementAtOrDefault(arm)?.Key ?? "an arm of before") : null;

    public IReadOnlyList<ExperimentChange> Changes(string key, int limit) => _store.Changes(key, limit);

    public byte[]? Version(string key, long version) => _store.Version(key, version);

    /// <summary>Defines it, or changes it; what runs goes on running with the new definition.</summary>
    public ExperimentOutcome Put(string key, byte[] body, string actor)
    {
        lock (_lock)
        {
            var before = _known.GetValueOrDefault(key);
            if (before is null && _known.Count >= _options.MaxExperiments)
            {
                return ExperimentOutcome.Refused("", $"There are {_known.Count} experiments, which is all that may be.");
            }

            var faults = new List<FlagFault>();
            var definition = _compiler.Read(key, (before?.Definition.Version ?? 0) + 1, body, faults);
            if (definition is not null && before is { State.StartedAtMs: not null })
            {
                CheckBuckets(before.Definition, definition, faults);
            }

            if (faults.Count > 0 || definition is null)
            {
                return new ExperimentOutcome(null, faults);
            }

            return Save(new KnownExperiment(definition, StateAfter(before, definition), NowMs(), body), new ExperimentChange(NowMs(), actor, "put", $"version {definition.Version}"));
        }
    }

    /// <summary>Begins, or goes on with its people.</summary>
    public ExperimentOutcome? Start(string key, string actor) => Change(key, actor, "start", null, known => known.State with
    {
        Status = ExperimentStatus.Running,
        StartedAtMs = known.State.StartedAtMs ?? NowMs(),
        StoppedAtMs = null,
    });

    public ExperimentOutcome? Stop(string key, string actor, string? reason) =>
        Change(key, actor, "stop", reason, known => known.State with { Status = ExperimentStatus.Stopped, StoppedAtMs = NowMs() });

    /// <summary>Its people get what the placement does from now on, and nobody comes in any more. The others divide its share among themselves.</summary>
    public ExperimentOutcome? StopArm(string key, string arm, string reason, string actor)
    {
        lock (_lock)
        {
            if (_known.GetValueOrDefault(key) is not { } known)
            {
                return null;
            }

            var place = known.Definition.Arms.Index().FirstOrDefault(candidate => candidate.Item.Key == arm, (-1, null!)).Index;
            if (place < 0 || arm == known.Definition.Question.Control)
            {
                return ExperimentOutcome.Refused("/arm", place < 0 ? "There is no such arm." : "The control is what the others are compared with: stop the experiment.");
            }

            if (known.State.StoppedArms.ContainsKey(arm))
            {
                return new ExperimentOutcome(known, []);
            }

            var stopped = new Dictionary<string, string>(known.State.StoppedArms, StringComparer.Ordinal) { [arm] = reason };
            var state = known.State with { StoppedArms = stopped, AreWeightsChanged = true, Weights = WithoutStopped(known.Definition, known.State.Weights, stopped) };
            return Save(known with { State = state }, new ExperimentChange(NowMs(), actor, "stop-arm", $"{arm}: {reason}"));
        }
    }

    /// <summary>Divides who comes from now on anew.</summary>
    /// <param name="key">Of the experiment.</param>
    /// <param name="weights">In the order of the arms; sum 1.</param>
    /// <param name="actor">Who.</param>
    /// <param name="why">For the record.</param>
    public ExperimentOutcome? Allocate(string key, IReadOnlyList<double> weights, string actor, string why) =>
        Change(key, actor, "weights", why, known => known.State with { Weights = weights, AreWeightsChanged = true });

    /// <returns>The numbers whose assignments are of no use any more; null when there is no such experiment.</returns>
    public IReadOnlyList<int>? Delete(string key, string actor)
    {
        lock (_lock)
        {
            if (!_known.Remove(key))
            {
                return null;
            }

            var numbers = _store.NumbersOf(key);
            _store.Delete(key, new ExperimentChange(NowMs(), actor, "delete", null));
            Refresh();
            return numbers;
        }
    }

    private ExperimentOutcome? Change(string key, string actor, string what, string? detail, Func<KnownExperiment, ExperimentState> next)
    {
        lock (_lock)
        {
            return _known.GetValueOrDefault(key) is { } known
                ? Save(known with { State = next(known) }, new ExperimentChange(NowMs(), actor, what, detail))
                : null;
        }
    }

    /// <summary>A kept assignment is a place among the arms, so that they must not move beneath it.</summary>
    private static void CheckBuckets(PlacementExperiment before, PlacementExperiment after, List<FlagFault> faults)
    {
        var isSame = before.Arms.Select(arm => arm.Key).SequenceEqual(after.Arms.Select(arm => arm.Key).Take(before.Arms.Count), StringComparer.Ordinal);
        if (after.BucketVersion < before.BucketVersion)
        {
            faults.Add(new FlagFault("/bucketVersion", $"It was {before.BucketVersion} before, and only rises."));
        }
        else if (!isSame && after.BucketVersion == before.BucketVersion)
        {
            faults.Add(new FlagFault("/arms", "An experiment that was started keeps its arms in their order; others may be added behind them. Raise bucketVersion to assign everybody anew."));
        }
    }

    /// <summary>New buckets begin anew; else what runs goes on, with the new shares where the definition changes them.</summary>
    private ExperimentState StateAfter(KnownExperiment? before, PlacementExperiment definition)
    {
        if (before is null)
        {
            return ExperimentState.Draft(definition.Weights);
        }

        if (before.Definition.BucketVersion != definition.BucketVersion)
        {
            return ExperimentState.Draft(definition.Weights) with { Status = before.State.Status, StartedAtMs = before.State.StartedAtMs is null ? null : NowMs() };
        }

        if (before.Definition.Weights.SequenceEqual(definition.Weights))
        {
            return before.State;
        }

        var stopped = before.State.StoppedArms;
        return before.State with { Weights = WithoutStopped(definition, definition.Weights, stopped), AreWeightsChanged = before.State.StartedAtMs is not null };
    }

    private static List<double> WithoutStopped(PlacementExperiment definition, IReadOnlyList<double> weights, IReadOnlyDictionary<string, string> stopped)
    {
        var left = definition.Arms.Select((arm, i) => stopped.ContainsKey(arm.Key) ? 0 : weights[i]).ToList();
        var sum = left.Sum();
        if (sum > 0)
        {
            return [.. left.Select(weight => weight / sum)];
        }

        // Whoever had all of the people is stopped: the control takes them.
        return [.. definition.Arms.Select(arm => arm.Key == definition.Question.Control ? 1.0 : 0)];
    }

    private ExperimentOutcome Save(KnownExperiment known, ExperimentChange change)
    {
        _store.Save(new StoredExperiment(known.Definition.Key, known.Definition.Version, known.PutAtMs, known.Body, JsonSerializer.Serialize(known.State)), change);
        _known[known.Definition.Key] = known;
        Refresh();
        return new ExperimentOutcome(known, []);
    }

    private void Refresh()
    {
        var byPlacement = new Dictionary<string, List<RunningExperiment>>(StringComparer.Ordinal);
        foreach (var known in _known.Values
            .Where(known => known.State.Status == ExperimentStatus.Running)
            .OrderByDescending(known => known.Definition.Priority)
            .ThenBy(known => known.Definition.Key, StringComparer.Ordinal))
        {
            var number = _store.NumberOf(known.Definition.Key, known.Definition.BucketVersion);
            var running = _compiler.Compile(known.Definition, known.State, number);
            foreach (var placement in _compiler.PlacementsOf(known.Definition))
            {
                if (!byPlacement.TryGetValue(placement, out var list))
                {
                    byPlacement.Add(placement, list = []);
                }

                list.Add(running);
            }
        }

        _running = byPlacement.ToFrozenDictionary(pair => pair.Key, pair => pair.Value.ToArray(), StringComparer.Ordinal);
    }

    private long NowMs() => _time.GetUtcNow().ToUnixTimeMilliseconds();
}
