using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.Json;
using Personalization.Features.Domain.Segments;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Collections;
using Personalization.Kernel.Privacy;

namespace Personalization.Features.Domain.Lists;

/// <summary>
/// All lists and who is on them. What was said of a profile is written by its partition's loop; what lists there are by the sequencer, while no
/// stage runs. Readers need two memory reads and never wait. A person on one list takes 88 bytes, and a bit.
/// </summary>
internal sealed class PeopleLists : IPeopleLists, ICheckpointed, IPersonalDataStore
{
    private const byte ListTable = 112;
    private const byte ProfileTable = 113;
    private readonly ChunkedArray<PersonLists?> _profiles = new();
    private readonly Lock _lock = new();
    private readonly List<int> _dirtyProfiles = [];
    private readonly HashSet<int> _dirtyLists = [];
    private volatile Snapshot _snapshot = new([]);
    private long _leftOut;

    public string FileName => "features";

    public int Version => 1;

    public string Name => "features/lists";

    /// <summary>Words that were not kept because so much had been said of their person already, since the start.</summary>
    public long LeftOut => Volatile.Read(ref _leftOut);

    public int Find(ReadOnlySpan<char> id) => _snapshot.Find(id) is { IsLive: true } list ? list.Number : -1;

    /// <summary>A list that is not deleted.</summary>
    public PeopleList? Get(ReadOnlySpan<char> id) => _snapshot.Find(id) is { IsLive: true } list ? list : null;

    public bool Contains(int list, int profileId)
    {
        var lists = _snapshot.Lists;
        return (uint)list < (uint)lists.Length && lists[list].Members.Contains(profileId);
    }

    /// <summary>Somebody is put on a list or taken off it. The profile's loop only.</summary>
    /// <returns>Whether something was said that counts now or may come to.</returns>
    public bool Apply(int profileId, ListEntry entry, long offset)
    {
        if (_snapshot.Find(entry.Id) is not { } list || !MayCount(list, entry.Edition))
        {
            return false;
        }

        var before = Find(profileId) ?? PersonLists.None;
        var after = before.With(new ListWord(list.Number, entry.Edition, offset, entry.IsOn));
        if (ReferenceEquals(before, after))
        {
            if (before.Words.Length == PersonLists.Max)
            {
                Interlocked.Increment(ref _leftOut);
            }

            return false;
        }

        Replace(profileId, after);
        list.Members.Set(profileId, after.IsOn(list.Number, list.Edition));
        return true;
    }

    /// <summary>What was said of one profile is said of another from now on. The loop that owns both only.</summary>
    public void Merge(int fromProfileId, int intoProfileId)
    {
        if (fromProfileId == intoProfileId || Find(fromProfileId) is not { } from)
        {
            return;
        }

        var into = Find(intoProfileId) ?? PersonLists.None;
        var united = into.With(from);
        Forget(fromProfileId);
        if (!ReferenceEquals(into, united))
        {
            Replace(intoProfileId, united);
            Recount(intoProfileId, united);
        }
    }

    /// <summary>The loop that owns the profile, or anyone while the pipeline rests.</summary>
    public void Forget(int profileId)
    {
        if (Find(profileId) is not null)
        {
            Replace(profileId, null);
            Recount(profileId, PersonLists.None);
        }
    }

    /// <summary>
    /// A definition at its place in the log, while no stage runs. A list that comes back after it was deleted begins with the edition after its last.
    /// </summary>
    /// <param name="id">Its name.</param>
    /// <param name="edition">The one that counts from here on; null to leave it as it is. An earlier one cannot come back.</param>
    /// <returns>Whether other people may be on it now.</returns>
    public bool Activate(string id, long? edition)
    {
        var known = _snapshot.Find(id);
        var list = known ?? new PeopleList(_snapshot.Lists.Length, id, 0, IsLive: true, new ProfileBits());
        var next = edition > list.Edition ? edition.Value : list.Edition;
        if (known is { IsLive: true } && next == list.Edition)
        {
            return false;
        }

        Put(list with { Edition = next, IsLive = true });
        return true;
    }

    /// <summary>Nobody is on it any more, and what was said of its members is gone.</summary>
    public void Delete(string id)
    {
        if (_snapshot.Find(id) is { IsLive: true } list)
        {
            Put(list with { Edition = list.Edition + 1, IsLive = false });
        }
    }

    public void Load(CheckpointReader reader)
    {
        var lists = ImmutableArray.CreateBuilder<PeopleList>();
        reader.Visit(ListTable, (number, value) => lists.Add(PeopleList.Decode((int)number, value)));
        _snapshot = new Snapshot([.. lists.OrderBy(list => list.Number)]);
        reader.Visit(ProfileTable, (id, value) =>
        {
            var words = PersonLists.Decode(value);
            _profiles.Ensure((int)id) = words;
            Recount((int)id, words);
        });
    }

    public void Collect(CheckpointWriter writer)
    {
        foreach (var number in _dirtyLists)
        {
            writer.Put(ListTable, number, _snapshot.Lists[number].Encode());
        }

        foreach (var id in _dirtyProfiles)
        {
            if (_profiles[id] is { } words)
            {
                words.IsDirty = false;
                words.Encode(writer.Reserve(ProfileTable, id, words.EncodedBytes));
            }
            else
            {
                writer.Delete(ProfileTable, id);
            }
        }

        _dirtyLists.Clear();
        _dirtyProfiles.Clear();
    }

    public ValueTask<long> EraseAsync(ErasureSubject subject, CancellationToken cancellationToken)
    {
        var erased = subject.ProfileIds.Sum(id => (long)(Find(id)?.Words.Length ?? 0));
        foreach (var id in subject.ProfileIds)
        {
            Forget(id);
        }

        return ValueTask.FromResult(erased);
    }

    public ValueTask<long> CountAsync(ErasureSubject subject, CancellationToken cancellationToken) =>
        ValueTask.FromResult(subject.ProfileIds.Sum(id => (long)(Find(id)?.Words.Length ?? 0)));

    public ValueTask ExportAsync(ErasureSubject subject, Utf8JsonWriter json, CancellationToken cancellationToken)
    {
        var lists = _snapshot.Lists;
        json.WriteStartArray();
        foreach (var id in subject.ProfileIds.Order())
        {
            foreach (var list in lists.Where(list => list.Members.Contains(id)))
            {
                json.WriteStartObject();
                json.WriteNumber("profileId", id);
                json.WriteString("list", list.Id);
                json.WriteEndObject();
            }
        }

        json.WriteEndArray();
        return default;
    }

    /// <summary>Of a deleted list nothing counts until it is defined again; of an edition before the one that counts nothing ever will.</summary>
    private static bool MayCount(PeopleList list, long edition) => list.IsLive && edition >= list.Edition;

    /// <summary>One list changes: words that count no more go, and its members are counted anew. Some 20 ns a profile.</summary>
    private void Put(PeopleList changed)
    {
        var list = changed with { Members = new ProfileBits() };
        _snapshot = new Snapshot(list.Number == _snapshot.Lists.Length ? _snapshot.Lists.Add(list) : _snapshot.Lists.SetItem(list.Number, list));
        _dirtyLists.Add(list.Number);
        for (var id = 0; id < _profiles.Capacity; id++)
        {
            if (Find(id) is not { } before)
            {
                continue;
            }

            var after = before.Without(list.Number, edition => !list.IsLive || edition < list.Edition);
            if (!ReferenceEquals(before, after))
            {
                Replace(id, after.Words.IsEmpty ? null : after);
            }

            if (after.IsOn(list.Number, list.Edition))
            {
                list.Members.Set(id, isIn: true);
            }
        }
    }

    private void Recount(int profileId, PersonLists words)
    {
        foreach (var list in _snapshot.Lists)
        {
            list.Members.Set(profileId, list.IsLive && words.IsOn(list.Number, list.Edition));
        }
    }

    private PersonLists? Find(int profileId) =>
        (uint)profileId < (uint)_profiles.Capacity ? Volatile.Read(ref _profiles[profileId]) : null;

    private void Replace(int profileId, PersonLists? after)
    {
        // Partitions share the table and the list of what is dirty, so their growth is guarded.
        lock (_lock)
        {
            ref var place = ref _profiles.Ensure(profileId);
            if (place is not { IsDirty: true })
            {
                _dirtyProfiles.Add(profileId);
            }

            if (after is not null)
            {
                after.IsDirty = true;
            }

            Volatile.Write(ref place!, after);
        }
    }

    /// <summary>Every list that ever was, by its number.</summary>
    private sealed class Snapshot(ImmutableArray<PeopleList> lists)
    {
        private readonly FrozenDictionary<string, PeopleList> _byId = lists.ToFrozenDictionary(list => list.Id, StringComparer.Ordinal);

        public ImmutableArray<PeopleList> Lists => lists;

        public PeopleList? Find(ReadOnlySpan<char> id) => _byId.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(id, out var list) ? list : null;
    }
}
