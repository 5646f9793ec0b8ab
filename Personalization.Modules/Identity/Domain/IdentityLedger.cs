using System.Runtime.InteropServices;
using System.Text.Json;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Privacy;

namespace Personalization.Identity.Domain;

/// <summary>What of the graph has changed since the last checkpoint, and the way back from disk: a row for each identifier, merged profile, device with earlier epochs and merge that waits.</summary>
internal sealed class IdentityLedger(IdentityMap map, PendingMerges pending, LinkLedger links, IdentityRules rules)
    : ICheckpointed, IPersonalDataStore
{
    private const byte IdentifierTable = 1;
    private const byte ProfileTable = 2;
    private const byte CountTable = 4;
    private const byte EpochTable = 13;
    private const byte PendingTable = 14;

    private readonly ChangeList _identifiers = new();
    private readonly ChangeList _profiles = new();
    private readonly HashSet<int> _epochs = [];

    public string FileName => "identity";

    /// <summary>Kinds stand in the rows by number, so other kinds are another version. So is every new kind: its ids stand in old events.</summary>
    public int Version => unchecked((rules.KindsVersion * 31) + 2);

    public string Name => "identity/identifiers";

    public void IdentifierChanged(int number) => _identifiers.Add(number);

    public void ProfileChanged(int profileId) => _profiles.Add(profileId);

    public void EpochsChanged(int number) => _epochs.Add(number);

    public void Load(CheckpointReader reader)
    {
        var places = 0;
        reader.Visit(CountTable, (_, value) =>
        {
            var counts = MemoryMarshal.Read<Counts>(value);
            map.Restore(counts.Profiles);
            places = counts.Identifiers;
            pending.NextId = counts.NextPending;
        });
        reader.Visit(ProfileTable, (profile, value) =>
        {
            var row = MemoryMarshal.Read<ProfileRow>(value);
            map.Forest.Flags((int)profile) = row.Flags & ProfileFlags.OnlyPast;
            if (row.MergedInto >= 0)
            {
                map.Forest.RestoreEdge((int)profile, row.MergedInto);
            }
        });
        reader.Visit(IdentifierTable, (number, value) => map.RestoreIdentifier((int)number, MemoryMarshal.Read<Identifier>(value)));
        map.RestoreDerived(places);
        reader.Visit(EpochTable, (number, value) => map.SetEpochs((int)number, MemoryMarshal.Cast<byte, Epoch>(value).ToArray()));
        reader.Visit(PendingTable, (_, value) => pending.Restore(MemoryMarshal.Read<PendingMerge>(value)));
    }

    public void Collect(CheckpointWriter writer)
    {
        foreach (var number in _identifiers.All)
        {
            if (map[number].Key == default)
            {
                writer.Delete(IdentifierTable, number);
            }
            else
            {
                // The chain of a profile's identifiers is made anew on loading: in a row it would tell of restarts.
                MemoryMarshal.Write(writer.Reserve(IdentifierTable, number, Marshal.SizeOf<Identifier>()), map[number] with { Next = 0, Before = 0 });
            }
        }

        foreach (var profile in _profiles.All)
        {
            MemoryMarshal.Write(
                writer.Reserve(ProfileTable, profile, Marshal.SizeOf<ProfileRow>()),
                new ProfileRow(map.Forest.MergedInto(profile), map.Forest.Flags(profile)));
        }

        foreach (var number in _epochs)
        {
            Write(writer, number, map.EpochsOf(number));
        }

        foreach (var (id, merge) in pending.Changed)
        {
            if (merge is { } waiting)
            {
                MemoryMarshal.Write(writer.Reserve(PendingTable, id, Marshal.SizeOf<PendingMerge>()), waiting);
            }
            else
            {
                writer.Delete(PendingTable, id);
            }
        }

        MemoryMarshal.Write(writer.Reserve(CountTable, 0, Marshal.SizeOf<Counts>()), new Counts(map.Count, map.IdentifierCount, pending.NextId));
        _identifiers.Clear();
        _profiles.Clear();
        _epochs.Clear();
        pending.Changed.Clear();
    }

    /// <summary>
    /// Keys of every identifier that was ever bound to one of the profiles, also of a device that has changed hands since. Reads disk;
    /// complete when a checkpoint has just been taken.
    /// </summary>
    public IReadOnlySet<UInt128> KeysOf(IReadOnlySet<int> profileIds)
    {
        var keys = links.Of(profileIds).Select(link => link.Key).ToHashSet();
        keys.UnionWith(profileIds.SelectMany(map.IdentifiersOf).Select(number => map[number].Key));
        keys.Remove(default);
        return keys;
    }

    /// <summary>Forgets the identifiers: events that still carry them would start a new profile. A device's next owner keeps it.</summary>
    public ValueTask<long> EraseAsync(ErasureSubject subject, CancellationToken cancellationToken)
    {
        var erased = pending.Erase(subject.ProfileIds);
        foreach (var number in subject.ProfileIds.SelectMany(map.IdentifiersOf).ToList())
        {
            map.Unbind(number);
            _identifiers.Add(number);
            _epochs.Add(number);
            erased++;
        }

        foreach (var number in map.WithEpochs.ToList())
        {
            if (map.RemoveEpochs(number, subject.ProfileIds))
            {
                _epochs.Add(number);
                erased++;
            }
        }

        return ValueTask.FromResult(erased);
    }

    public ValueTask<long> CountAsync(ErasureSubject subject, CancellationToken cancellationToken) => ValueTask.FromResult(
        pending.CountOf(subject.ProfileIds)
        + subject.ProfileIds.SelectMany(map.IdentifiersOf).LongCount()
        + map.WithEpochs.LongCount(number =>
            !subject.ProfileIds.Contains(map[number].Home) && Array.Exists(map.EpochsOf(number), epoch => subject.ProfileIds.Contains(epoch.Home))));

    /// <summary>The identifiers themselves stand in the events, and personal ones among the values; here they are keyed hashes.</summary>
    public ValueTask ExportAsync(ErasureSubject subject, Utf8JsonWriter json, CancellationToken cancellationToken)
    {
        json.WriteStartObject();
        json.WriteStartArray("profileNumbers");
        foreach (var profileId in subject.ProfileIds.Order())
        {
            json.WriteNumberValue(profileId);
        }

        json.WriteEndArray();
        json.WriteStartArray("keyedHashesOfIdentifiers");
        foreach (var key in KeysOf(subject.ProfileIds).Order())
        {
            json.WriteStringValue(key.ToString("x32", System.Globalization.CultureInfo.InvariantCulture));
        }

        json.WriteEndArray();
        json.WriteEndObject();
        return default;
    }

    private static void Write(CheckpointWriter writer, int number, Epoch[] epochs)
    {
        if (epochs.Length == 0)
        {
            writer.Delete(EpochTable, number);
        }
        else
        {
            MemoryMarshal.AsBytes(epochs.AsSpan()).CopyTo(writer.Reserve(EpochTable, number, epochs.Length * Marshal.SizeOf<Epoch>()));
        }
    }

    private readonly record struct Counts(int Profiles, int Identifiers, long NextPending);

    private readonly record struct ProfileRow(int MergedInto, ProfileFlags Flags);
}
