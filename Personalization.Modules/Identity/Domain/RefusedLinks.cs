using System.Runtime.InteropServices;
using System.Text.Json;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Privacy;

namespace Personalization.Identity.Domain;

/// <summary>Why something was not linked. Stored by number: numbers stay.</summary>
internal enum RefusalRule : byte
{
    None,

    /// <summary>The value names nobody.</summary>
    Blocked,

    /// <summary>The person has as many values of the kind as one may have.</summary>
    LimitReached,

    /// <summary>The value belongs to another known person.</summary>
    ClaimedByAnother,

    /// <summary>The value joined too many profiles.</summary>
    Quarantined,

    /// <summary>Both are known, with different user ids.</summary>
    BothKnown,

    /// <summary>An administrator has parted the two.</summary>
    Severed,
}

/// <summary>What was not linked: by rule, value and person one entry, with how often.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal record struct RefusedLink(
    long FirstOffset, long LastOffset, long LastTimeMs, UInt128 Key, int ProfileId, int OtherProfileId, long Times, RefusalRule Rule, byte Kind);

/// <summary>
/// Counts refused links, and keeps the last 1,000 that differ: a client that repeats one with every event does not drive the others out.
/// </summary>
internal sealed class RefusedLinks : ICheckpointed, IPersonalDataStore
{
    public const int Kept = 1_000;
    private const byte RefusalTable = 10;
    private const byte TotalTable = 11;

    private readonly Lock _lock = new();
    private readonly RefusedLink[] _ring = new RefusedLink[Kept];
    private readonly Dictionary<(RefusalRule Rule, UInt128 Key, int ProfileId), int> _places = [];
    private readonly long[] _totals = new long[16];
    private readonly HashSet<int> _dirty = [];
    private int _next;

    public string FileName => "identity";

    public int Version => 1;

    public string Name => "identity/refusals";

    /// <summary>Returns whether it is a new one, which is worth a word in the log.</summary>
    public bool Add(RefusalRule rule, byte kind, UInt128 key, int profileId, int otherProfileId, long offset, long timeMs)
    {
        lock (_lock)
        {
            _totals[(int)rule]++;
            var isNew = !_places.TryGetValue((rule, key, profileId), out var place);
            if (isNew)
            {
                place = Place(rule, kind, key, profileId, offset);
            }

            ref var refusal = ref _ring[place];
            refusal.OtherProfileId = otherProfileId;
            refusal.LastOffset = offset;
            refusal.LastTimeMs = timeMs;
            refusal.Times++;
            _dirty.Add(place);
            return isNew;
        }
    }

    /// <summary>Newest first.</summary>
    public List<RefusedLink> List(int limit)
    {
        lock (_lock)
        {
            return [.. _ring.Where(refusal => refusal.Times > 0).OrderByDescending(refusal => refusal.LastOffset).Take(limit)];
        }
    }

    /// <summary>How often each rule has refused, since the beginning of the log.</summary>
    public Dictionary<RefusalRule, long> Totals()
    {
        lock (_lock)
        {
            return Enum.GetValues<RefusalRule>().Where(rule => rule != RefusalRule.None).ToDictionary(rule => rule, rule => _totals[(int)rule]);
        }
    }

    public void Load(CheckpointReader reader)
    {
        reader.Visit(RefusalTable, (place, value) =>
        {
            var refusal = MemoryMarshal.Read<RefusedLink>(value);
            _ring[place] = refusal;
            if (refusal.Times > 0)
            {
                _places[(refusal.Rule, refusal.Key, refusal.ProfileId)] = (int)place;
            }
        });
        reader.Visit(TotalTable, (place, value) =>
        {
            if (place < _totals.Length)
            {
                _totals[place] = MemoryMarshal.Read<long>(value);
            }
            else
            {
                _next = (int)MemoryMarshal.Read<long>(value);
            }
        });
    }

    public void Collect(CheckpointWriter writer)
    {
        lock (_lock)
        {
            foreach (var place in _dirty)
            {
                MemoryMarshal.Write(writer.Reserve(RefusalTable, place, Marshal.SizeOf<RefusedLink>()), _ring[place]);
            }

            if (_dirty.Count > 0)
            {
                for (var rule = 0; rule < _totals.Length; rule++)
                {
                    MemoryMarshal.Write(writer.Reserve(TotalTable, rule, sizeof(long)), _totals[rule]);
                }

                MemoryMarshal.Write(writer.Reserve(TotalTable, _totals.Length, sizeof(long)), (long)_next);
            }

            _dirty.Clear();
        }
    }

    public ValueTask<long> EraseAsync(ErasureSubject subject, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var erased = 0L;
            for (var place = 0; place < Kept; place++)
            {
                if (IsOf(_ring[place], subject))
                {
                    Clear(place);
                    erased++;
                }
            }

            return ValueTask.FromResult(erased);
        }
    }

    public ValueTask<long> CountAsync(ErasureSubject subject, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return ValueTask.FromResult(_ring.LongCount(refusal => IsOf(refusal, subject)));
        }
    }

    /// <summary>Without whom the value belongs to: that is another person.</summary>
    public ValueTask ExportAsync(ErasureSubject subject, Utf8JsonWriter json, CancellationToken cancellationToken)
    {
        json.WriteStartArray();
        foreach (var refusal in List(Kept).Where(refusal => subject.ProfileIds.Contains(refusal.ProfileId)))
        {
            json.WriteStartObject();
            json.WriteString("rule", refusal.Rule.ToString());
            json.WriteNumber("times", refusal.Times);
            json.WriteString("lastAt", DateTimeOffset.FromUnixTimeMilliseconds(refusal.LastTimeMs));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        return default;
    }

    private static bool IsOf(RefusedLink refusal, ErasureSubject subject) =>
        refusal.Times > 0 && (subject.ProfileIds.Contains(refusal.ProfileId) || subject.ProfileIds.Contains(refusal.OtherProfileId)
            || subject.IdentifierKeys.Contains(refusal.Key));

    private int Place(RefusalRule rule, byte kind, UInt128 key, int profileId, long offset)
    {
        var place = _next;
        _next = (_next + 1) % Kept;
        Clear(place);
        _ring[place] = new RefusedLink { Rule = rule, Kind = kind, Key = key, ProfileId = profileId, FirstOffset = offset };
        _places.Add((rule, key, profileId), place);
        return place;
    }

    private void Clear(int place)
    {
        var old = _ring[place];
        if (old.Times > 0)
        {
            _places.Remove((old.Rule, old.Key, old.ProfileId));
        }

        _ring[place] = default;
        _dirty.Add(place);
    }
}
