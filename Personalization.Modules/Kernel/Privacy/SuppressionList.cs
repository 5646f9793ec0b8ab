using Microsoft.Extensions.Options;
using Personalization.Kernel.Collections;

namespace Personalization.Kernel.Privacy;

/// <inheritdoc cref="ISuppressionList"/>
/// <remarks>
/// In front of the keyed hashes, which cost half a microsecond each, stands a filter of 24 bits of the identifier: nearly every event
/// is nobody's who was erased, and is through after one look at two megabytes.
/// </remarks>
[HoldsNoPersonalData("The list's hashes in memory; its file is PrivacyFile.")]
internal sealed class SuppressionList : ISuppressionList
{
    private const int BucketBits = 24;
    private const int MaxRequestId = 128;

    private readonly PrivacyFile _file;
    private readonly PrivacyKey _key;
    private readonly TimeProvider _time;
    private readonly int _maxIdentifiers;
    private readonly Lock _writing = new();
    private volatile Snapshot _snapshot = new(new KeyMap(), []);

    public SuppressionList(PrivacyFile file, PrivacyKey key, TimeProvider time, IOptions<PrivacyOptions> options)
    {
        _file = file;
        _key = key;
        _time = time;
        _maxIdentifiers = options.Value.MaxSuppressedIdentifiers;
        _snapshot = Load();
    }

    public bool IsEmpty => _snapshot.Hashes.Count == 0;

    public static uint BucketOf(UInt128 identifier) => (uint)(identifier >> 64) & ((1 << BucketBits) - 1);

    public static bool IsRequestId(string requestId) =>
        requestId.Length is > 0 and <= MaxRequestId && requestId.All(static character => character is > ' ' and <= '~');

    public bool Contains(UInt128 identifier) => Find(_snapshot, identifier) >= 0;

    public bool IsSuppressed(in EventTrace trace, out int request)
    {
        var snapshot = _snapshot;
        request = -1;
        if (snapshot.Hashes.Count == 0)
        {
            return false;
        }

        request = Math.Max(Find(snapshot, trace.User), Find(snapshot, trace.Previous));
        if (request >= 0)
        {
            return true;
        }

        request = Find(snapshot, trace.Anonymous);
        return request >= 0 && (trace.User == default || IsLate(trace, snapshot.Requests[request].SinceMs));
    }

    public void CountWithheld(int request)
    {
        var requests = _snapshot.Requests;
        if (request >= 0 && request < requests.Length)
        {
            Interlocked.Increment(ref requests[request].Withheld);
        }
    }

    public void Suppress(string requestId, IEnumerable<UInt128> identifiers) =>
        Put(requestId, [.. identifiers.Select(key => RowOf(key, isShared: false))], order: null);

    /// <summary>Suppresses a person and notes on disk that they are to be erased.</summary>
    public long Order(string requestId, ErasureSubject subject)
    {
        var own = subject.OwnKeys ?? subject.IdentifierKeys;
        var rows = subject.IdentifierKeys.Select(key => RowOf(key, isShared: !own.Contains(key))).ToList();
        return Put(requestId, rows, new OrderRow(subject.ProfileIds.Count, subject.Offsets, ErasureWork.Write(subject)));
    }

    public bool Lift(string requestId, string reason)
    {
        lock (_writing)
        {
            var isLifted = _file.Lift(requestId, reason, NowMs);
            SaveCounts();
            _snapshot = Load();
            return isLifted;
        }
    }

    public Tombstone? Find(string requestId) => _file.Find(requestId) is { } row ? row.ToTombstone(WithheldSince(row.Number)) : null;

    public IReadOnlyList<Tombstone> List(int limit) => [.. _file.List(limit).Select(row => row.ToTombstone(WithheldSince(row.Number)))];

    public IReadOnlyList<StoreReceipt> ReceiptsOf(string requestId) => _file.Find(requestId) is { } row ? _file.Receipts(row.Number) : [];

    /// <summary>Writes the counts of withheld events down.</summary>
    public void SaveCounts()
    {
        foreach (var request in _snapshot.Requests)
        {
            if (Interlocked.Exchange(ref request.Withheld, 0) is > 0 and var withheld)
            {
                _file.AddWithheld(request.Number, withheld);
            }
        }
    }

    /// <summary>
    /// Another user's event on a suppressed device: one that came after the request and happened before it is a straggler of the person,
    /// who signed in too late to be known. Any other is somebody else's.
    /// </summary>
    private static bool IsLate(in EventTrace trace, long sinceMs) => trace.ReceivedAtMs >= sinceMs && trace.TimestampMs < sinceMs;

    private long NowMs => _time.GetUtcNow().ToUnixTimeMilliseconds();

    private IdentifierRow RowOf(UInt128 key, bool isShared) => new(_key.Hash(key), BucketOf(key), isShared);

    private int Find(Snapshot snapshot, UInt128 identifier)
    {
        if (identifier == default)
        {
            return -1;
        }

        var bucket = BucketOf(identifier);
        return (snapshot.Filter[bucket >> 6] & (1UL << (int)(bucket & 63))) == 0 ? -1 : snapshot.Hashes.Find(_key.Hash(identifier));
    }

    private long Put(string requestId, List<IdentifierRow> rows, OrderRow? order)
    {
        if (!IsRequestId(requestId))
        {
            throw new ArgumentException($"A request id is 1 to {MaxRequestId} printable ASCII characters without spaces.", nameof(requestId));
        }

        lock (_writing)
        {
            if (_snapshot.Hashes.Count + rows.Count(row => !row.IsShared && _snapshot.Hashes.Find(row.Hash) < 0) > _maxIdentifiers)
            {
                throw new SuppressionListFullException(_maxIdentifiers);
            }

            var number = _file.Put(requestId, NowMs, rows, order);
            Add(number, rows);
            return number;
        }
    }

    /// <summary>In an order in which a reader never meets a hash without its request, or a bit of the filter without its hash.</summary>
    private void Add(long number, List<IdentifierRow> rows)
    {
        var snapshot = _snapshot.Filter.Length == 0 ? new Snapshot(new KeyMap(), NewFilter()) { Requests = _snapshot.Requests } : _snapshot;
        var place = Array.FindIndex(snapshot.Requests, request => request.Number == number);
        if (place < 0)
        {
            place = snapshot.Requests.Length;
            snapshot.Requests = [.. snapshot.Requests, new Request(number, SinceOf(number))];
        }

        foreach (var row in rows.Where(row => !row.IsShared))
        {
            snapshot.Hashes.Set(row.Hash, place);
            Interlocked.Or(ref snapshot.Filter[row.Bucket >> 6], 1UL << (int)(row.Bucket & 63));
        }

        _snapshot = snapshot;
    }

    private long WithheldSince(long number) =>
        _snapshot.Requests.FirstOrDefault(request => request.Number == number) is { } found ? Volatile.Read(ref found.Withheld) : 0;

    private long SinceOf(long number) => _file.List(1, before: number + 1)[0].RequestedAtMs;

    private static ulong[] NewFilter() => new ulong[1 << (BucketBits - 6)];

    private Snapshot Load()
    {
        var identifiers = _file.Identifiers(withLifted: false, out var numbers);
        var since = _file.List(int.MaxValue).ToDictionary(row => row.Number, row => row.RequestedAtMs);
        var requests = new List<Request>();
        var snapshot = new Snapshot(new KeyMap(identifiers.Count), NewFilter());
        for (var i = 0; i < identifiers.Count; i++)
        {
            if (requests.Count == 0 || requests[^1].Number != numbers[i])
            {
                requests.Add(_snapshot.Requests.FirstOrDefault(known => known.Number == numbers[i]) ?? new Request(numbers[i], since[numbers[i]]));
            }

            var row = identifiers[i];
            if (!row.IsShared)
            {
                snapshot.Hashes.Set(row.Hash, requests.Count - 1);
                snapshot.Filter[row.Bucket >> 6] |= 1UL << (int)(row.Bucket & 63);
            }
        }

        snapshot.Requests = [.. requests];
        return snapshot;
    }

    /// <summary>What readers see. Grows in place; a lift makes a new one.</summary>
    private sealed class Snapshot(KeyMap hashes, ulong[] filter)
    {
        private volatile Request[] _requests = [];

        public KeyMap Hashes => hashes;

        public ulong[] Filter => filter;

        public Request[] Requests
        {
            get => _requests;
            set => _requests = value;
        }
    }

    private sealed class Request(long number, long sinceMs)
    {
        public long Withheld;

        public long Number => number;

        public long SinceMs => sinceMs;
    }
}
