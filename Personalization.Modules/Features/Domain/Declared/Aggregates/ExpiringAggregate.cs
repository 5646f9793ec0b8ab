namespace Personalization.Features.Domain.Declared.Aggregates;

/// <summary>
/// Another aggregate of which nothing is left when no event has come for so long. Events that follow each other within the time to live are a run; only
/// the newest run counts, until it has ended. The run before it is kept too, because an event that comes late may join both; of more only the newest
/// two. So the newest run does not depend on the order of arrival while nothing is later than the time to live, which is why lateness must not be longer;
/// nor when the log before it comes in beside it, oldest first.
/// <para>
/// A run is the time of its newest event (<see cref="EventTime"/>), how much older its oldest is, the length of its state and the state; newest run first.
/// </para>
/// </summary>
internal sealed class ExpiringAggregate(Aggregate inner, long ttlMs) : Aggregate(inner.Window)
{
    /// <summary>Two times of 40 bits and a length of 15, seven bits a byte.</summary>
    private const int HeaderBytes = 6 + 6 + 3;

    /// <summary>Runs that are kept.</summary>
    private const int MaxRuns = 2;

    /// <summary>Room for the state of one observation.</summary>
    private const int OneBytes = 256;

    /// <summary>Rooms for states of runs that are being joined: one is read while the other is written.</summary>
    [ThreadStatic]
    private static byte[][]? _rooms;

    public override int MaxBytes => MaxRuns * (HeaderBytes + inner.MaxBytes);

    public override bool NeedsAmount => inner.NeedsAmount;

    public override bool NeedsValue => inner.NeedsValue;

    /// <summary>When a state that is not empty is read as if there were none, Unix ms.</summary>
    public long EndsAtMs(ReadOnlySpan<byte> state) => EventTime.FromOffset((long)new ByteReader(state).Read()) + ttlMs;

    public override int Add(ReadOnlySpan<byte> state, in Observation observation, Span<byte> into)
    {
        if (state.IsEmpty)
        {
            return base.Add(state, in observation, into);
        }

        var reader = new ByteReader(state);
        var newest = Run.Read(ref reader);
        var time = EventTime.ToOffset(observation.TimeMs);
        if (time < newest.Oldest || time - newest.Newest >= ttlMs)
        {
            return base.Add(state, in observation, into);
        }

        // The usual case: the newest run goes on, and no other is touched.
        var room = Room(0, inner.MaxBytes);
        var length = inner.Add(newest.State, in observation, room);
        var writer = new ByteWriter(into);
        Write(ref writer, Math.Max(time, newest.Newest), newest.Oldest, room.AsSpan(0, length));
        writer.Write(reader.Rest);
        return writer.Length;
    }

    public override int Merge(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b, Span<byte> into)
    {
        var writer = new ByteWriter(into);
        var left = new ByteReader(a);
        var right = new ByteReader(b);
        var run = TakeNewest(ref left, ref right);
        var (written, joined) = (0, 0);
        while (!left.IsAtEnd || !right.IsAtEnd)
        {
            var next = TakeNewest(ref left, ref right);
            if (run.Oldest - next.Newest >= ttlMs)
            {
                Write(ref writer, run.Newest, run.Oldest, run.State);
                if (++written == MaxRuns)
                {
                    return writer.Length;
                }

                run = next;
                continue;
            }

            var room = Room(joined++ & 1, inner.MaxBytes);
            var length = inner.Merge(run.State, next.State, room);
            run = new Run(Math.Max(run.Newest, next.Newest), Math.Min(run.Oldest, next.Oldest), room.AsSpan(0, length));
        }

        Write(ref writer, run.Newest, run.Oldest, run.State);
        return writer.Length;
    }

    public override Scalar Read(ReadOnlySpan<byte> state, in ReadTime at, Span<byte> value, out int valueBytes, out long nextChangeMs)
    {
        var read = inner.Read(Living(state, at.NowMs, out var endsAtMs), in at, value, out valueBytes, out nextChangeMs);
        nextChangeMs = Math.Min(nextChangeMs, endsAtMs);
        return read;
    }

    public override void List(ReadOnlySpan<byte> state, in ReadTime at, List<ListedValue> into)
    {
        if (Living(state, at.NowMs, out _) is { IsEmpty: false } living)
        {
            inner.List(living, in at, into);
        }
    }

    protected override int Begin(in Observation observation, Span<byte> into)
    {
        Span<byte> room = stackalloc byte[OneBytes];
        var length = inner.Add(default, in observation, room);
        if (length == 0)
        {
            return 0;
        }

        var writer = new ByteWriter(into);
        var time = EventTime.ToOffset(observation.TimeMs);
        Write(ref writer, time, time, room[..length]);
        return writer.Length;
    }

    private static void Write(ref ByteWriter writer, long newest, long oldest, scoped ReadOnlySpan<byte> state)
    {
        writer.Write((ulong)newest);
        writer.Write((ulong)(newest - oldest));
        writer.Write((ulong)state.Length);
        writer.Write(state);
    }

    private static byte[] Room(int which, int bytes)
    {
        var rooms = _rooms ??= [[], []];
        if (rooms[which].Length < bytes)
        {
            rooms[which] = new byte[bytes];
        }

        return rooms[which];
    }

    /// <summary>The run that counts at a time; empty when it has ended.</summary>
    private ReadOnlySpan<byte> Living(ReadOnlySpan<byte> state, long nowMs, out long endsAtMs)
    {
        endsAtMs = long.MaxValue;
        if (state.IsEmpty || EndsAtMs(state) is var ends && ends <= nowMs)
        {
            return default;
        }

        endsAtMs = ends;
        var reader = new ByteReader(state);
        return Run.Read(ref reader).State;
    }

    /// <summary>The newer of the next run of either state; at least one has one.</summary>
    private static Run TakeNewest(scoped ref ByteReader left, scoped ref ByteReader right)
    {
        if (left.IsAtEnd || right.IsAtEnd)
        {
            return left.IsAtEnd ? Run.Read(ref right) : Run.Read(ref left);
        }

        var takesLeft = new ByteReader(left.Rest).Read() >= new ByteReader(right.Rest).Read();
        return takesLeft ? Run.Read(ref left) : Run.Read(ref right);
    }

    private readonly ref struct Run(long newest, long oldest, ReadOnlySpan<byte> state)
    {
        public long Newest { get; } = newest;

        public long Oldest { get; } = oldest;

        public ReadOnlySpan<byte> State { get; } = state;

        public static Run Read(scoped ref ByteReader reader)
        {
            var newest = (long)reader.Read();
            var oldest = newest - (long)reader.Read();
            return new Run(newest, oldest, reader.Take((int)reader.Read()));
        }
    }
}
