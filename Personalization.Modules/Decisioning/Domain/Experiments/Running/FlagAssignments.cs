using System.Collections.Concurrent;

namespace Personalization.Decisioning.Domain.Experiments.Running;

/// <summary>
/// Assignments of flags, kept where those of placements are: under a person's keys, so that sign-ins and other devices move nobody and an erasure finds them.
/// Only of experiments that ask for it, and that divide people: a company's assignment is nobody's to keep. Thread-safe; asking takes no I/O.
/// </summary>
internal sealed class FlagAssignments
{
    /// <summary>Names in the table of numbers: no key of a placement's experiment has a colon.</summary>
    private const string ExperimentSpace = "flag:";
    private const string VariationSpace = "variation:";
    private static readonly IStickyBuckets Nobodys = new Nothing();
    private readonly KeptAssignments _kept;
    private readonly IExperimentStore _store;
    private readonly MeasuredPeople _people;
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<(string Name, int Version), int> _numbers = new();
    private readonly ConcurrentDictionary<int, string> _names = new();

    public FlagAssignments(KeptAssignments kept, IExperimentStore store, MeasuredPeople people, TimeProvider time)
    {
        (_kept, _store, _people, _time) = (kept, store, people, time);
        foreach (var (name, version, number) in ((string[])[ExperimentSpace, VariationSpace]).SelectMany(store.NumbersIn))
        {
            Know(name, version, number);
        }
    }

    /// <summary>What was given to somebody. Of whom nothing may be kept, nothing is found, and they are hashed by the same attributes as everybody.</summary>
    public IStickyBuckets Of(string? userId, string? anonymousId) =>
        _people.TryIdentify(userId, anonymousId, out _, out var person) ? new Kept(this, person, _time.GetUtcNow().ToUnixTimeMilliseconds()) : Nobodys;

    /// <summary>A kept assignment in words; null when it is none of a flag's.</summary>
    public (string Experiment, string Arm)? Describe(int number, int arm) =>
        _names.TryGetValue(number, out var experiment) && experiment.StartsWith(ExperimentSpace, StringComparison.Ordinal) && _names.TryGetValue(arm, out var variation)
            ? (experiment[ExperimentSpace.Length..], variation[VariationSpace.Length..])
            : null;

    private static bool IsPersonal(string attribute) => attribute is "id" or "userId" or "anonymousId";

    private int NumberOf(string name, int version) => _numbers.TryGetValue((name, version), out var known) ? known : Know(name, version, _store.NumberOf(name, version));

    private int Know(string name, int version, int number)
    {
        _names[number] = name;
        return _numbers[(name, version)] = number;
    }

    private sealed class Nothing : IStickyBuckets
    {
        public string? Find(Experiment experiment, int bucketVersion, (string Attribute, string Value) own, (string Attribute, string Value) fallback) => null;

        public void Assign(Experiment experiment, (string Attribute, string Value) owner, string variation)
        {
            // Nothing may be kept.
        }
    }

    private sealed class Kept(FlagAssignments all, PersonKeys person, long nowMs) : IStickyBuckets
    {
        public string? Find(Experiment experiment, int bucketVersion, (string Attribute, string Value) own, (string Attribute, string Value) fallback) =>
            experiment.IsStickyAsked && (IsPersonal(own.Attribute) || IsPersonal(fallback.Attribute))
            && all._numbers.TryGetValue((ExperimentSpace + experiment.Key, bucketVersion), out var number)
            && all._kept.Find(number, person, nowMs) is { } assignment
            && all._names.TryGetValue(assignment.Arm, out var variation)
                ? variation[VariationSpace.Length..]
                : null;

        public void Assign(Experiment experiment, (string Attribute, string Value) owner, string variation)
        {
            if (!experiment.IsStickyAsked || !IsPersonal(owner.Attribute))
            {
                return;
            }

            var number = all.NumberOf(ExperimentSpace + experiment.Key, experiment.BucketVersion);
            if (all._kept.Find(number, person, nowMs) is null)
            {
                all._kept.Keep(number, person, all.NumberOf(VariationSpace + variation, 0), nowMs);
            }
        }
    }
}
