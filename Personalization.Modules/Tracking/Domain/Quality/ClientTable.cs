namespace Personalization.Tracking.Domain.Quality;

/// <summary>
/// The busiest clients, by keyed hash, in a table of fixed size: eight places a client may stand in, of which the quietest makes room.
/// One thread writes and allocates nothing; readers copy an entry and see by its version whether it changed meanwhile.
/// In memory only, and overwritten as others come.
/// </summary>
internal sealed class ClientTable
{
    private const int Ways = 8;
    private const long WindowMs = 60_000;

    /// <summary>A pause that a program would not need: it ends a run.</summary>
    private const long PauseMs = 120_000;
    private readonly ClientActivity[] _clients;

    /// <summary>The keys once more, side by side: a client is found within two lines of cache.</summary>
    private readonly UInt128[] _keys;

    public ClientTable(int capacity)
    {
        _clients = new ClientActivity[System.Numerics.BitOperations.RoundUpToPowerOf2((uint)capacity)];
        _keys = new UInt128[_clients.Length];
    }

    public int Capacity => _clients.Length;

    /// <summary>Counts one event. One thread.</summary>
    public void Add(UInt128 key, int profileId, ushort sourceId, long receivedAtMs, long timestampMs, bool isProductView)
    {
        var place = Find(key, receivedAtMs);
        ref var client = ref _clients[place];
        Volatile.Write(ref client.Version, client.Version + 1);
        Volatile.WriteBarrier();
        if (client.Key != key)
        {
            _keys[place] = key;
            var version = client.Version;
            client = new ClientActivity { Version = version, Key = key, WindowStartMs = receivedAtMs, RunStartMs = receivedAtMs };
        }

        client.ProfileId = profileId;
        client.SourceId = sourceId;
        Count(ref client, receivedAtMs, timestampMs, isProductView);
        Volatile.Write(ref client.Version, client.Version + 1);
    }

    /// <summary>A consistent copy; false for an empty place or one that is being written.</summary>
    public bool TryRead(int place, out ClientActivity activity)
    {
        ref var client = ref _clients[place];
        var version = Volatile.Read(ref client.Version);
        activity = client;
        Volatile.ReadBarrier();
        return version % 2 == 0 && activity.Key != default && Volatile.Read(ref client.Version) == version;
    }

    /// <summary>Forgets clients. While nothing is written.</summary>
    public int Erase(IReadOnlySet<int> profileIds)
    {
        var erased = 0;
        for (var place = 0; place < _clients.Length; place++)
        {
            if (_clients[place].Key != default && profileIds.Contains(_clients[place].ProfileId))
            {
                _clients[place] = default;
                _keys[place] = default;
                erased++;
            }
        }

        return erased;
    }

    private static void Count(ref ClientActivity client, long receivedAtMs, long timestampMs, bool isProductView)
    {
        if (receivedAtMs - client.WindowStartMs >= WindowMs)
        {
            client.LastWindowEvents = receivedAtMs - client.WindowStartMs < 2 * WindowMs ? client.Events : 0;
            client.WindowStartMs = receivedAtMs;
            client.Events = client.Products = 0;
        }

        var gapMs = timestampMs - client.LastTimestampMs;
        if (client.LastTimestampMs == 0 || gapMs > PauseMs || gapMs < -PauseMs)
        {
            client.RunStartMs = receivedAtMs;
            client.RunEvents = client.SameTimes = client.Gaps = 0;
            client.MeanGapMs = client.GapSquares = 0;
        }
        else if (gapMs == 0)
        {
            client.SameTimes++;
        }
        else
        {
            // Welford's running variance (1962), of gaps in either direction.
            client.Gaps++;
            var delta = Math.Abs(gapMs) - client.MeanGapMs;
            client.MeanGapMs += delta / client.Gaps;
            client.GapSquares += delta * (Math.Abs(gapMs) - client.MeanGapMs);
        }

        client.Events++;
        client.RunEvents++;
        client.Products += isProductView ? 1 : 0;
        client.LastTimestampMs = timestampMs;
        client.LastReceivedMs = receivedAtMs;
    }

    /// <summary>Where a client stands, or the place of the quietest that it may take.</summary>
    private int Find(UInt128 key, long nowMs)
    {
        var first = (int)((ulong)key & (ulong)(_clients.Length - 1)) & ~(Ways - 1);
        var found = _keys.AsSpan(first, Ways).IndexOf(key);
        return found >= 0 ? first + found : Quietest(first, nowMs);
    }

    private int Quietest(int first, long nowMs)
    {
        var quietest = first;
        var least = long.MaxValue;
        for (var place = first; place < first + Ways; place++)
        {
            // Whoever has been silent for a minute is quieter than whoever has not.
            ref var client = ref _clients[place];
            var loudness = client.Key == default ? -1 : nowMs - client.LastReceivedMs > WindowMs ? 0 : client.RunEvents;
            if (loudness < least)
            {
                (least, quietest) = (loudness, place);
            }
        }

        return quietest;
    }
}

/// <summary>What a client did in the current window of a minute, and in the current run without a pause of two minutes.</summary>
internal struct ClientActivity
{
    public int Version;
    public UInt128 Key;
    public int ProfileId;
    public ushort SourceId;
    public long WindowStartMs;
    public int Events;
    public int Products;
    public int LastWindowEvents;
    public long RunStartMs;
    public int RunEvents;

    /// <summary>Events of the run with the very time of the one before.</summary>
    public int SameTimes;

    /// <summary>Other gaps of the run, their mean, and the sum of squares around it.</summary>
    public int Gaps;
    public double MeanGapMs;
    public double GapSquares;
    public long LastTimestampMs;
    public long LastReceivedMs;

    /// <summary>Standard deviation of the gaps by their mean; a person's is around 1 or above.</summary>
    public readonly double GapVariation => Gaps == 0 || MeanGapMs <= 0 ? double.NaN : Math.Sqrt(GapSquares / Gaps) / MeanGapMs;
}
