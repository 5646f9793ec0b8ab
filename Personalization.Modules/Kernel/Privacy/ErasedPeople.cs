namespace Personalization.Kernel.Privacy;

/// <summary>Recognises erased people in an old log, also those whose suppression was lifted since, and their devices that were handed on.</summary>
internal sealed class ErasedPeople
{
    private readonly PrivacyKey _key;
    private readonly Dictionary<UInt128, List<(long Number, bool IsShared)>> _people = [];
    private readonly HashSet<uint> _buckets = [];

    public ErasedPeople(PrivacyKey key, IReadOnlyList<IdentifierRow> identifiers, IReadOnlyList<long> numbers)
    {
        _key = key;
        for (var i = 0; i < identifiers.Count; i++)
        {
            _buckets.Add(identifiers[i].Bucket);
            if (!_people.TryGetValue(identifiers[i].Hash, out var owners))
            {
                _people[identifiers[i].Hash] = owners = [];
            }

            owners.Add((numbers[i], identifiers[i].IsShared));
        }
    }

    /// <summary>The newest erasure that an identifier of one's own belongs to; -1 when none.</summary>
    public long Find(UInt128 identifier) =>
        OwnersOf(identifier).Where(owner => !owner.IsShared).Select(owner => owner.Number).DefaultIfEmpty(-1).Max();

    /// <summary>
    /// Whether an event of an old log is the person's. Its user decides; without one its device does. At a place that is known to have
    /// been the person's any identifier confirms it: the log up to there is the same one then.
    /// </summary>
    public bool IsOf(long number, in EventTrace trace, bool isKnownPlace)
    {
        if (isKnownPlace && (Has(number, trace.User, alsoShared: true) || Has(number, trace.Anonymous, alsoShared: true) || Has(number, trace.Previous, alsoShared: true)))
        {
            return true;
        }

        return Has(number, trace.User, alsoShared: false) || Has(number, trace.Previous, alsoShared: false) ||
            (trace.User == default && Has(number, trace.Anonymous, alsoShared: false));
    }

    /// <summary>Adds those of an event's identifiers that are the person's.</summary>
    public void AddKeys(long number, in EventTrace trace, HashSet<UInt128> keys)
    {
        foreach (var identifier in (ReadOnlySpan<UInt128>)[trace.User, trace.Anonymous, trace.Previous])
        {
            if (Has(number, identifier, alsoShared: false))
            {
                keys.Add(identifier);
            }
        }
    }

    private bool Has(long number, UInt128 identifier, bool alsoShared)
    {
        foreach (var owner in OwnersOf(identifier))
        {
            if (owner.Number == number && (alsoShared || !owner.IsShared))
            {
                return true;
            }
        }

        return false;
    }

    private List<(long Number, bool IsShared)> OwnersOf(UInt128 identifier) =>
        identifier != default && _buckets.Contains(SuppressionList.BucketOf(identifier)) && _people.TryGetValue(_key.Hash(identifier), out var owners)
            ? owners
            : [];
}
