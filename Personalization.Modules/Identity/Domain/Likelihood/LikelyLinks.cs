using System.Runtime.InteropServices;
using System.Text.Json;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Privacy;
using Personalization.Tracking.Contracts;

namespace Personalization.Identity.Domain.Likelihood;

/// <summary>
/// Looks at the traces of each event for signs that two profiles are one person's, and keeps what it finds with its evidence. It links
/// nothing itself. Bounded: the newest 65,536 traces of each kind, the newest 65,536 pairs. The sequencer writes.
/// </summary>
internal sealed class LikelyLinks : ICheckpointed, IPersonalDataStore
{
    private const int Most = 1 << 16;
    private const byte PairTable = 15;
    private const byte NextTable = 16;

    private readonly Lock _lock = new();
    private readonly LikelyLink[] _links = new LikelyLink[Most];
    private readonly Dictionary<(int One, int Other), int> _places = [];
    private readonly Dictionary<int, List<int>> _byProfile = [];
    private readonly ChangeList _changed = new();
    private readonly TraceTable _together = new(17);
    private readonly TraceTable _addresses = new(18);
    private readonly TraceTable _whereabouts = new(19);
    private readonly TraceTable _moves = new(20);
    private readonly long _closeMs;
    private readonly long _travelMs;
    private int _next;

    public LikelyLinks(LikelihoodOptions options)
    {
        _closeMs = options.CloseMinutes * 60_000L;
        _travelMs = options.TravelMinutes * 60_000L;
    }

    public string FileName => "identity";

    public int Version => 1;

    public string Name => "identity/likely-links";

    /// <summary>Notes an event's traces. Returns the place of the likeliest pair that they speak for anew; -1 when there is none.</summary>
    public int See(TrackedEvent seen, int person)
    {
        var (network, agent, address) = (default(UInt128), default(UInt128), default(UInt128));
        foreach (ref readonly var trace in seen.Identifiers)
        {
            switch (trace.Kind)
            {
                case IdentifierKind.Network:
                    network = trace.Key;
                    break;
                case IdentifierKind.Agent:
                    agent = trace.Key;
                    break;
                case IdentifierKind.Address:
                    address = trace.Key;
                    break;
            }
        }

        if ((network == default && address == default) || IsUnwanted(seen))
        {
            return -1;
        }

        var likeliest = address == default ? -1 : Compare(seen, person, EvidenceKind.SameAddress, _addresses, address, long.MaxValue);
        if (network == default)
        {
            return likeliest;
        }

        if (agent != default)
        {
            likeliest = Likelier(likeliest, Compare(seen, person, EvidenceKind.SameNetworkAndAgent, _together, network ^ UInt128.RotateLeft(agent, 1), _closeMs));
        }

        // Places are found by the key's lower half, so a number is spread over it first.
        var before = _whereabouts.Swap(new Trace(((UInt128)1 << 64) | ((ulong)(person + 1) * 0x9E3779B97F4A7C15), network, person, seen.TimestampMs)).Value;
        return before == default || before == network
            ? likeliest
            : Likelier(likeliest, Compare(seen, person, EvidenceKind.MovedTogether, _moves, before ^ UInt128.RotateLeft(network, 1), _travelMs));
    }

    public ref LikelyLink this[int place] => ref _links[place];

    /// <summary>The pair was merged because of its evidence.</summary>
    public void MarkApplied(int place)
    {
        lock (_lock)
        {
            _links[place].IsApplied = true;
            _changed.Add(place);
        }
    }

    /// <summary>Pairs that one of these profiles is in, likeliest first. Safe on any thread.</summary>
    public List<LikelyLink> Of(IReadOnlySet<int> profileIds)
    {
        lock (_lock)
        {
            return
            [
                .. profileIds.SelectMany(profile => _byProfile.GetValueOrDefault(profile) ?? []).Distinct()
                    .Select(place => _links[place]).OrderByDescending(link => link.Confidence).ThenBy(link => link.FirstOffset),
            ];
        }
    }

    public void Load(CheckpointReader reader)
    {
        reader.Visit(PairTable, (place, value) =>
        {
            _links[place] = MemoryMarshal.Read<LikelyLink>(value);
            Index((int)place);
        });
        reader.Visit(NextTable, (_, value) => _next = MemoryMarshal.Read<int>(value));
        foreach (var traces in Tables)
        {
            traces.Load(reader);
        }
    }

    public void Collect(CheckpointWriter writer)
    {
        foreach (var place in _changed.All)
        {
            if (_links[place] == default)
            {
                writer.Delete(PairTable, place);
            }
            else
            {
                MemoryMarshal.Write(writer.Reserve(PairTable, place, Marshal.SizeOf<LikelyLink>()), _links[place]);
            }
        }

        if (_changed.All.Count > 0)
        {
            MemoryMarshal.Write(writer.Reserve(NextTable, 0, sizeof(int)), _next);
        }

        _changed.Clear();
        foreach (var traces in Tables)
        {
            traces.Collect(writer);
        }
    }

    public ValueTask<long> EraseAsync(ErasureSubject subject, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var places = PlacesOf(subject.ProfileIds);
            places.ForEach(Clear);
            return ValueTask.FromResult(places.Count + Tables.Sum(traces => traces.Erase(subject.ProfileIds)));
        }
    }

    public ValueTask<long> CountAsync(ErasureSubject subject, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return ValueTask.FromResult(PlacesOf(subject.ProfileIds).Count + Tables.Sum(traces => traces.CountOf(subject.ProfileIds)));
        }
    }

    /// <summary>Without the other profile: that may be another person.</summary>
    public ValueTask ExportAsync(ErasureSubject subject, Utf8JsonWriter json, CancellationToken cancellationToken)
    {
        json.WriteStartArray();
        foreach (var link in Of(subject.ProfileIds))
        {
            json.WriteStartObject();
            json.WriteNumber("confidence", link.Confidence);
            json.WriteBoolean("isUsed", link.IsApplied);
            json.WriteString("lastAt", DateTimeOffset.FromUnixTimeMilliseconds(link.LastTimeMs));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        return default;
    }

    private TraceTable[] Tables => [_together, _addresses, _whereabouts, _moves];

    /// <summary>Whoever says no to being profiled, or to being sold, is not compared with others.</summary>
    private static bool IsUnwanted(TrackedEvent seen)
    {
        const byte Profile = 2;
        return seen.Batch.HasGpc || (seen.Consent.Stated & ~seen.Consent.Granted & Profile) != 0;
    }

    private int Compare(TrackedEvent seen, int person, EvidenceKind kind, TraceTable table, UInt128 key, long windowMs)
    {
        var before = table.Swap(new Trace(key, default, person, seen.TimestampMs));
        if (before.Key == default || before.ProfileId == person || Math.Abs(seen.TimestampMs - before.TimeMs) > windowMs)
        {
            return -1;
        }

        lock (_lock)
        {
            var place = PlaceOf(Math.Min(person, before.ProfileId), Math.Max(person, before.ProfileId), seen.Offset);
            if (!_links[place].Add(kind, seen.Offset, seen.TimestampMs))
            {
                return -1;
            }

            _changed.Add(place);
            return place;
        }
    }

    private int Likelier(int one, int other) =>
        one < 0 || (other >= 0 && _links[other].Confidence > _links[one].Confidence) ? other : one;

    private int PlaceOf(int one, int other, long offset)
    {
        if (_places.TryGetValue((one, other), out var place))
        {
            return place;
        }

        place = _next;
        _next = (_next + 1) & (Most - 1);
        Clear(place);
        _links[place] = new LikelyLink(one, other) { FirstOffset = offset };
        Index(place);
        return place;
    }

    private void Index(int place)
    {
        var link = _links[place];
        _places[(link.One, link.Other)] = place;
        foreach (var profile in (ReadOnlySpan<int>)[link.One, link.Other])
        {
            (CollectionsMarshal.GetValueRefOrAddDefault(_byProfile, profile, out _) ??= []).Add(place);
        }
    }

    private void Clear(int place)
    {
        var link = _links[place];
        if (link != default)
        {
            _places.Remove((link.One, link.Other));
            foreach (var profile in (ReadOnlySpan<int>)[link.One, link.Other])
            {
                if (_byProfile.TryGetValue(profile, out var places) && places.Remove(place) && places.Count == 0)
                {
                    _byProfile.Remove(profile);
                }
            }
        }

        _links[place] = default;
        _changed.Add(place);
    }

    private List<int> PlacesOf(IReadOnlySet<int> profileIds) =>
        [.. profileIds.SelectMany(profile => _byProfile.GetValueOrDefault(profile) ?? []).Distinct()];
}
