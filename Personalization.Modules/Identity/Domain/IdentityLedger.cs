using System.Runtime.InteropServices;
using System.Text.Json;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Privacy;

namespace Personalization.Identity.Domain;

/// <summary>
/// What the identity map has learnt since the last checkpoint, and the way back from disk. Bindings are rows in the order in
/// which they were made, so a later one of the same identifier wins.
/// </summary>
internal sealed partial class IdentityLedger(IdentityMap map) : ICheckpointed, ICheckpointObserver, IPersonalDataStore
{
    private const byte BindingTable = 1;
    private const byte MergeTable = 2;
    private const byte UserTable = 3;
    private const byte CountTable = 4;
    private const byte PastTable = 7;

    private readonly List<Binding> _bindings = [];
    private readonly List<(int From, int Into)> _merges = [];
    private readonly List<int> _users = [];
    private readonly Dictionary<int, bool> _past = [];
    private readonly List<long> _erasedRows = [];
    private long _nextRow;
    private ICheckpointRows? _rows;

    public string FileName => "identity";

    public int Version => 1;

    public string Name => "identity/identifiers";

    public void AddBinding(UInt128 key, int profileId) => _bindings.Add(new Binding(key, profileId));

    public void AddMerge(int from, int into) => _merges.Add((from, into));

    public void AddUser(int profileId) => _users.Add(profileId);

    /// <summary>A profile was made by an import, or has been seen live since.</summary>
    public void SetOnlyPast(int profileId, bool isOnlyPast) => _past[profileId] = isOnlyPast;

    public void Load(CheckpointReader reader)
    {
        reader.Visit(CountTable, (_, value) => map.Restore(MemoryMarshal.Read<int>(value)));
        reader.Visit(BindingTable, (row, value) =>
        {
            var binding = MemoryMarshal.Read<Binding>(value);
            map.Bind(binding.Key, binding.ProfileId);
            _nextRow = row + 1;
        });
        reader.Visit(MergeTable, (from, value) => map.Merge((int)from, MemoryMarshal.Read<int>(value)));
        reader.Visit(UserTable, (profile, _) => map.MarkUser((int)profile));
        reader.Visit(PastTable, (profile, _) => map.MarkOnlyPast((int)profile, isOnlyPast: true));
    }

    public void Collect(CheckpointWriter writer)
    {
        foreach (var binding in _bindings)
        {
            MemoryMarshal.Write(writer.Reserve(BindingTable, _nextRow++, Marshal.SizeOf<Binding>()), binding);
        }

        CollectCuts(writer);
        foreach (var (from, into) in _merges)
        {
            MemoryMarshal.Write(writer.Reserve(MergeTable, from, sizeof(int)), into);
        }

        foreach (var user in _users)
        {
            writer.Put(UserTable, user, []);
        }

        foreach (var (profile, isOnlyPast) in _past)
        {
            if (isOnlyPast)
            {
                writer.Put(PastTable, profile, []);
            }
            else
            {
                writer.Delete(PastTable, profile);
            }
        }

        _past.Clear();
        _erasedRows.ForEach(row => writer.Delete(BindingTable, row));
        MemoryMarshal.Write(writer.Reserve(CountTable, 0, sizeof(int)), map.Count);
        _bindings.Clear();
        _merges.Clear();
        _users.Clear();
        _erasedRows.Clear();
    }

    /// <summary>
    /// Keys of every identifier that was ever bound to one of the profiles, also of a device that has changed hands since. Reads disk;
    /// complete when a checkpoint has just been taken.
    /// </summary>
    public IReadOnlySet<UInt128> KeysOf(IReadOnlySet<int> profileIds)
    {
        var keys = _bindings.Where(binding => profileIds.Contains(binding.ProfileId)).Select(binding => binding.Key).ToHashSet();
        _rows?.Visit(BindingTable, long.MinValue, long.MaxValue, (_, value) =>
        {
            var binding = MemoryMarshal.Read<Binding>(value);
            if (profileIds.Contains(binding.ProfileId))
            {
                keys.Add(binding.Key);
            }
        });
        return keys;
    }

    public void OnPersisted(ICheckpointRows rows) => _rows = rows;

    /// <summary>Forgets the identifiers: events that still carry them would start a new profile.</summary>
    public ValueTask<long> EraseAsync(ErasureSubject subject, CancellationToken cancellationToken)
    {
        long erased = _bindings.RemoveAll(binding => Forget(binding, subject));
        _rows?.Visit(BindingTable, long.MinValue, long.MaxValue, (row, value) =>
        {
            if (Forget(MemoryMarshal.Read<Binding>(value), subject))
            {
                _erasedRows.Add(row);
                erased++;
            }
        });
        return ValueTask.FromResult(erased);
    }

    public ValueTask<long> CountAsync(ErasureSubject subject, CancellationToken cancellationToken)
    {
        long found = _bindings.Count(binding => subject.ProfileIds.Contains(binding.ProfileId));
        _rows?.Visit(BindingTable, long.MinValue, long.MaxValue, (_, value) =>
            found += subject.ProfileIds.Contains(MemoryMarshal.Read<Binding>(value).ProfileId) ? 1 : 0);
        return ValueTask.FromResult(found);
    }

    /// <summary>The identifiers themselves stand in the events; here they are keyed hashes.</summary>
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

    private bool Forget(Binding binding, ErasureSubject subject)
    {
        if (!subject.ProfileIds.Contains(binding.ProfileId))
        {
            return false;
        }

        // A device may have changed hands since: its binding to the next person stays.
        if (subject.ProfileIds.Contains(map.BoundTo(binding.Key)))
        {
            map.Unbind(binding.Key);
        }

        return true;
    }

    [StructLayout(LayoutKind.Sequential, Pack = 1)]
    private readonly record struct Binding(UInt128 Key, int ProfileId);
}
