using System.Text.Json;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Collections;
using Personalization.Kernel.Privacy;

namespace Personalization.Decisioning.Domain.Restraint;

/// <summary>
/// What a ledger keeps of one shopper: what the log says, which is stored, and what was promised to answers, which is not. Read and written under the lock
/// of its shopper's stripe.
/// </summary>
internal interface IShopperRecord<TSelf>
    where TSelf : IShopperRecord<TSelf>
{
    bool IsDirty { get; set; }

    /// <summary>Nothing that would be stored.</summary>
    bool IsEmpty { get; }

    /// <summary>Both lives become one. The result does not depend on which of them came first.</summary>
    void Take(TSelf other);

    /// <summary>What the log says is forgotten; promises stay.</summary>
    void Forget();

    byte[] Encode();

    /// <exception cref="InvalidDataException">Not a row of ours.</exception>
    static abstract TSelf Decode(ReadOnlySpan<byte> row);
}

/// <summary>
/// The records of a ledger by profile. Decisions of any thread read and promise under a lock that is held for less than a microsecond and shared by few; only stages change
/// what is stored, each on its profile's loop, and none runs while it is collected.
/// </summary>
/// <param name="table">Of the ledger's rows in the checkpoint.</param>
internal sealed class ShopperRecords<TRecord>(byte table)
    where TRecord : class, IShopperRecord<TRecord>, new()
{
    private const int Stripes = 256;
    private readonly ChunkedArray<TRecord?> _records = new();
    private readonly Lock _growing = new();
    private readonly Lock[] _stripes = [.. Enumerable.Range(0, Stripes).Select(_ => new Lock())];
    private readonly List<int> _dirty = [];

    /// <summary>Null when nothing is kept of the profile.</summary>
    public TRecord? Find(int profileId) => profileId >= 0 && profileId < _records.Capacity ? Volatile.Read(ref _records[profileId]) : null;

    public TRecord Ensure(int profileId)
    {
        if (Find(profileId) is { } known)
        {
            return known;
        }

        lock (_growing)
        {
            return _records.Ensure(profileId) ??= new TRecord();
        }
    }

    /// <summary>To be held while the profile's record is read or written.</summary>
    public Lock LockOf(int profileId) => _stripes[StripeOf(profileId)];

    /// <summary>What is stored of the profile has changed. Its lock is held.</summary>
    public void MarkDirty(int profileId, TRecord record)
    {
        if (record.IsDirty)
        {
            return;
        }

        record.IsDirty = true;
        lock (_growing)
        {
            _dirty.Add(profileId);
        }
    }

    public void Merge(int fromProfileId, int intoProfileId)
    {
        if (fromProfileId == intoProfileId || Find(fromProfileId) is not { } from)
        {
            return;
        }

        var into = Ensure(intoProfileId);
        var (one, other) = (StripeOf(fromProfileId), StripeOf(intoProfileId));
        lock (_stripes[Math.Min(one, other)])
        {
            lock (_stripes[Math.Max(one, other)])
            {
                into.Take(from);
                MarkDirty(fromProfileId, from);
                MarkDirty(intoProfileId, into);
                _records[fromProfileId] = null;
            }
        }
    }

    /// <summary>What the log says of a profile is forgotten. The profile's loop, or anyone while the pipeline rests.</summary>
    /// <returns>Whether there was anything.</returns>
    public bool Forget(int profileId)
    {
        if (Find(profileId) is not { } record)
        {
            return false;
        }

        lock (LockOf(profileId))
        {
            var had = !record.IsEmpty;
            record.Forget();
            MarkDirty(profileId, record);
            return had;
        }
    }

    public void Load(CheckpointReader reader) => reader.Visit(table, (id, row) => _records.Ensure((int)id) = TRecord.Decode(row));

    public void Collect(CheckpointWriter writer)
    {
        foreach (var profileId in _dirty)
        {
            if (Find(profileId) is not { } record)
            {
                writer.Delete(table, profileId);
                continue;
            }

            lock (LockOf(profileId))
            {
                record.IsDirty = false;
                if (record.IsEmpty)
                {
                    writer.Delete(table, profileId);
                }
                else
                {
                    writer.Put(table, profileId, record.Encode());
                }
            }
        }

        _dirty.Clear();
    }

    /// <summary>Forgets all that is kept of a person, promises too. How many of their profiles had anything.</summary>
    public long Erase(ErasureSubject subject)
    {
        var erased = 0L;
        foreach (var profileId in subject.ProfileIds)
        {
            erased += Forget(profileId) ? 1 : 0;
            if (Find(profileId) is not null)
            {
                _records[profileId] = null;
            }
        }

        return erased;
    }

    public long Count(ErasureSubject subject) => subject.ProfileIds.LongCount(profileId => Find(profileId) is { IsEmpty: false });

    /// <summary>An array of what is stored of a person.</summary>
    public void Export(ErasureSubject subject, Utf8JsonWriter json, Action<TRecord> write)
    {
        json.WriteStartArray();
        foreach (var profileId in subject.ProfileIds.Order())
        {
            if (Find(profileId) is { IsEmpty: false } record)
            {
                lock (LockOf(profileId))
                {
                    write(record);
                }
            }
        }

        json.WriteEndArray();
    }

    private static int StripeOf(int profileId) => (int)((uint)profileId * 2_654_435_769 >> 24);
}
