using System.Numerics;
using Personalization.Identity.Contracts;
using Personalization.Kernel.Collections;
using Personalization.Kernel.Hashing;
using Personalization.Tracking.Contracts;

namespace Personalization.Identity.Domain;

/// <summary>
/// The graph in memory. An identifier is a keyed hash, bound to the profile that it came to first (its home); profiles are numbers, given
/// in log order; a merged profile points to the one it lives on in. The sequencer writes, anyone reads; look-ups wait for nobody.
/// </summary>
internal sealed partial class IdentityMap(KeyHasher hasher) : IProfileDirectory
{
    private const int MaxEpochs = 16;

    private readonly KeyMap _numbers = new();
    private readonly ChunkedArray<Identifier> _identifiers = new();
    private readonly ProfileForest _forest = new();
    private readonly Dictionary<long, int> _counts = [];
    private readonly Dictionary<int, Epoch[]> _epochs = [];
    private readonly Lock _structure = new();
    private int _identifierCount;

    public int Count => _forest.Count;

    /// <summary>Places that were ever given to identifiers, those of erased ones included.</summary>
    public int IdentifierCount => Volatile.Read(ref _identifierCount);

    public ProfileForest Forest => _forest;

    public int Find(ReadOnlySpan<char> userId, ReadOnlySpan<char> anonymousId)
    {
        var profile = userId.IsEmpty ? -1 : Find(Hash(IdentifierKind.UserId, userId));
        return profile >= 0 || anonymousId.IsEmpty ? profile : Find(Hash(IdentifierKind.AnonymousId, anonymousId));
    }

    public int Find(UInt128 userKey, UInt128 anonymousKey)
    {
        var profile = userKey == default ? -1 : Find(userKey);
        return profile >= 0 || anonymousKey == default ? profile : Find(anonymousKey);
    }

    /// <summary>The living profile of an identifier, or -1.</summary>
    public int Find(UInt128 key)
    {
        var home = BoundTo(key);
        return home < 0 ? -1 : Canonical(home);
    }

    /// <summary>The identifier's number, or -1.</summary>
    public int NumberOf(UInt128 key) => _numbers.Find(key);

    public ref Identifier this[int identifier] => ref _identifiers[identifier];

    public int Canonical(int profileId) => _forest.Canonical(profileId);

    /// <summary>Whether a user id belongs to the living profile: such a person is known, and never merges into another.</summary>
    public bool IsKnownUser(int living) => Has(living, IdentifierKind.UserId);

    /// <summary>Whether the person has a value of a kind.</summary>
    public bool Has(int living, byte kind) => (_forest.Kinds(living) >> kind & 1) != 0;

    /// <summary>Kinds of which the person has values, as bits.</summary>
    public uint KindsOf(int living) => _forest.Kinds(living);

    /// <summary>Values of a kind that the person has.</summary>
    public int CountOf(int living, byte kind) =>
        !Has(living, kind) ? 0 : _counts.TryGetValue(CountKey(living, kind), out var count) ? count : 1;

    /// <summary>Whether only imported events ever spoke of the profile: what they say of devices was not contradicted since.</summary>
    public bool IsOnlyPast(int profileId) => IsMarked(profileId, ProfileFlags.OnlyPast);

    public void MarkOnlyPast(int profileId, bool isOnlyPast) => Mark(profileId, ProfileFlags.OnlyPast, isOnlyPast);

    public bool HasPending(int profileId) => IsMarked(profileId, ProfileFlags.HasPending);

    public void MarkPending(int profileId, bool hasPending) => Mark(profileId, ProfileFlags.HasPending, hasPending);

    /// <summary>The profile that this one was merged into, itself merged further perhaps; -1 for one that lives, or never was.</summary>
    public int MergedInto(int profileId) => (uint)profileId < (uint)Count ? _forest.MergedInto(profileId) : -1;

    /// <summary>All profiles that live on in this one, itself included. O(answer).</summary>
    public HashSet<int> GroupOf(int living) => _forest.SubtreeOf(living);

    /// <summary>The profile that an identifier was bound to, before merges; -1 when none.</summary>
    public int BoundTo(UInt128 key)
    {
        var number = _numbers.Find(key);
        return number < 0 ? -1 : Volatile.Read(ref _identifiers[number].Home);
    }

    public int Create() => _forest.Create();

    /// <summary>Binds an identifier that is new, and returns its number.</summary>
    public int Bind(byte kind, UInt128 key, int home, long timeMs)
    {
        lock (_structure)
        {
            var number = _identifierCount;
            ref var identifier = ref _identifiers.Ensure(number);
            identifier = new Identifier { Key = key, Kind = kind, Home = home, EpochMs = timeMs, SeenMs = timeMs };
            Volatile.Write(ref _identifierCount, number + 1);
            Link(number);
            _numbers.Set(key, number);
            Add(Canonical(home), kind, 1);
            return number;
        }
    }

    /// <summary>Gives a device to another profile; what was before is remembered as its earlier epochs, the last 16 of them.</summary>
    public void ChangeHands(int number, int home, long timeMs)
    {
        lock (_structure)
        {
            ref var identifier = ref _identifiers[number];
            Remember(number, new Epoch(identifier.EpochMs, identifier.Home));
            Move(number, home);
            identifier.EpochMs = identifier.SeenMs = timeMs;
        }
    }

    /// <summary>Moves an identifier to another home without a word about its past.</summary>
    public void MoveTo(int number, int home)
    {
        lock (_structure)
        {
            Move(number, home);
        }
    }

    /// <summary>Before its present owner was last named with it, the device was another's for a while.</summary>
    public void InsertEpoch(int number, int home, long timeMs)
    {
        lock (_structure)
        {
            ref var identifier = ref _identifiers[number];
            if (timeMs > identifier.EpochMs)
            {
                // The present owner had it before as well, and again since.
                Remember(number, new Epoch(identifier.EpochMs, identifier.Home));
                identifier.EpochMs = identifier.SeenMs;
            }

            Remember(number, new Epoch(timeMs, home));
        }
    }

    /// <summary>Whose home the identifier was at an event time; before everything we know, its first owner's.</summary>
    public int HomeAt(int number, long timeMs)
    {
        ref var identifier = ref _identifiers[number];
        if (timeMs >= identifier.EpochMs || !_epochs.TryGetValue(number, out var epochs))
        {
            return identifier.Home;
        }

        for (var i = epochs.Length - 1; i > 0; i--)
        {
            if (epochs[i].SinceMs <= timeMs)
            {
                return epochs[i].Home;
            }
        }

        return epochs[0].Home;
    }

    /// <summary>Earlier epochs of a device, by time; none for one that was never another's. Safe on any thread.</summary>
    public Epoch[] EpochsOf(int number)
    {
        lock (_structure)
        {
            return _epochs.TryGetValue(number, out var epochs) ? epochs : [];
        }
    }

    /// <summary>Numbers of the identifiers whose home is this profile.</summary>
    public List<int> IdentifiersOf(int profileId)
    {
        lock (_structure)
        {
            var found = new List<int>();
            for (var number = _forest.FirstIdentifier(profileId) - 1; number >= 0; number = _identifiers[number].Next - 1)
            {
                found.Add(number);
            }

            return found;
        }
    }

    /// <summary>Forgets an identifier. Its number is not given again.</summary>
    public void Unbind(int number)
    {
        lock (_structure)
        {
            ref var identifier = ref _identifiers[number];
            _numbers.Remove(identifier.Key);
            Unlink(number);
            Add(Canonical(identifier.Home), identifier.Kind, -1);
            _epochs.Remove(number);
            identifier = default;
        }
    }

    /// <summary>Forgets that a device was once theirs.</summary>
    public bool RemoveEpochs(int number, IReadOnlySet<int> homes)
    {
        var epochs = EpochsOf(number);
        if (!Array.Exists(epochs, epoch => homes.Contains(epoch.Home)))
        {
            return false;
        }

        SetEpochs(number, [.. epochs.Where(epoch => !homes.Contains(epoch.Home))]);
        return true;
    }

    /// <summary>Identifiers with earlier epochs.</summary>
    public IReadOnlyCollection<int> WithEpochs => _epochs.Keys;

    /// <summary>Both live; the first lives on in the second.</summary>
    public void Merge(int from, int into)
    {
        lock (_structure)
        {
            for (var kinds = KindsOf(from); kinds != 0; kinds &= kinds - 1)
            {
                var kind = (byte)BitOperations.TrailingZeroCount(kinds);
                Add(into, kind, CountOf(from, kind));
                _counts.Remove(CountKey(from, kind));
            }

            _forest.Kinds(from) = 0;
            _forest.Merge(from, into);
        }
    }

    /// <summary>Cuts a merged profile's own edge, and counts both people's values anew. O(identifiers of both).</summary>
    public void Cut(int profileId)
    {
        var rest = Canonical(profileId);
        _forest.Cut(profileId);
        Recount(profileId);
        Recount(rest);
    }

    public void Restore(int profiles) => _forest.Restore(profiles);

    public void RestoreIdentifier(int number, Identifier stored)
    {
        _identifiers.Ensure(number) = stored with { Next = 0, Before = 0 };
        _identifierCount = Math.Max(_identifierCount, number + 1);
    }

    public void SetEpochs(int number, Epoch[] epochs)
    {
        lock (_structure)
        {
            if (epochs.Length == 0)
            {
                _epochs.Remove(number);
            }
            else
            {
                _epochs[number] = epochs;
            }
        }
    }

    /// <summary>When all rows of a checkpoint are back: what is derived from them.</summary>
    public void RestoreDerived(int identifierPlaces)
    {
        if (identifierPlaces > 0)
        {
            _identifiers.Ensure(identifierPlaces - 1);
        }

        _identifierCount = identifierPlaces;
        _forest.RestoreUnions();
        for (var number = 0; number < _identifierCount; number++)
        {
            ref var identifier = ref _identifiers[number];
            if (identifier.Key != default)
            {
                _numbers.Set(identifier.Key, number);
                Link(number);
                Add(Canonical(identifier.Home), identifier.Kind, 1);
            }
        }
    }

    /// <summary>Counts the values of a person anew.</summary>
    public void Recount(int living)
    {
        for (byte kind = 1; kind < 32; kind++)
        {
            _counts.Remove(CountKey(living, kind));
        }

        _forest.Kinds(living) = 0;
        foreach (var profile in GroupOf(living))
        {
            foreach (var number in IdentifiersOf(profile))
            {
                Add(living, _identifiers[number].Kind, 1);
            }
        }
    }

    private static long CountKey(int living, byte kind) => ((long)living << 8) | kind;

    /// <summary>Not by HasFlag, which allocates until the code is optimised.</summary>
    private bool IsMarked(int profileId, ProfileFlags flag) => (_forest.Flags(profileId) & flag) == flag;

    private void Mark(int profileId, ProfileFlags flag, bool isSet)
    {
        ref var flags = ref _forest.Flags(profileId);
        flags = isSet ? flags | flag : flags & ~flag;
    }

    /// <summary>Most people have one value of a kind or none: a bit. Beyond that a count stands beside it.</summary>
    private void Add(int living, byte kind, int change)
    {
        var count = CountOf(living, kind) + change;
        ref var kinds = ref _forest.Kinds(living);
        kinds = count > 0 ? kinds | (1u << kind) : kinds & ~(1u << kind);
        if (count > 1)
        {
            _counts[CountKey(living, kind)] = count;
        }
        else
        {
            _counts.Remove(CountKey(living, kind));
        }
    }

    private void Move(int number, int home)
    {
        ref var identifier = ref _identifiers[number];
        Unlink(number);
        Add(Canonical(identifier.Home), identifier.Kind, -1);
        Volatile.Write(ref identifier.Home, home);
        Link(number);
        Add(Canonical(home), identifier.Kind, 1);
    }

    private void Link(int number)
    {
        ref var identifier = ref _identifiers[number];
        ref var first = ref _forest.FirstIdentifier(identifier.Home);
        identifier.Before = 0;
        identifier.Next = first;
        if (first > 0)
        {
            _identifiers[first - 1].Before = number + 1;
        }

        first = number + 1;
    }

    private void Unlink(int number)
    {
        ref var identifier = ref _identifiers[number];
        if (identifier.Next > 0)
        {
            _identifiers[identifier.Next - 1].Before = identifier.Before;
        }

        if (identifier.Before > 0)
        {
            _identifiers[identifier.Before - 1].Next = identifier.Next;
        }
        else
        {
            _forest.FirstIdentifier(identifier.Home) = identifier.Next;
        }
    }

    /// <summary>In the order of time; an epoch that starts with another replaces it.</summary>
    private void Remember(int number, Epoch epoch)
    {
        var others = EpochsOf(number).Where(known => known.SinceMs != epoch.SinceMs);
        Epoch[] all = [.. others.Append(epoch).OrderBy(known => known.SinceMs)];
        _epochs[number] = all.Length > MaxEpochs ? all[^MaxEpochs..] : all;
    }

    private UInt128 Hash(byte kind, ReadOnlySpan<char> text) =>
        IdentifierVocabulary.KeyOf(hasher, IdentifierVocabulary.BuiltIn.Kinds[kind - 1], text);
}
