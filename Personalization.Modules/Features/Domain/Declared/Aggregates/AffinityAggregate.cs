namespace Personalization.Features.Domain.Declared.Aggregates;

/// <summary>
/// A decayed sum (<see cref="DecayedSumAggregate"/>) for each value of an attribute; the feature's value is the heaviest one. A state is the
/// values in the order of their bytes, each with its length, its panes and the length of those.
/// <para>
/// Of more than <see cref="MaxValues"/> values the one that was seen longest ago is dropped with its weight. Up to that many the weights do not
/// depend on the order of arrival; beyond, a value that comes back after it was dropped begins anew.
/// </para>
/// </summary>
internal sealed class AffinityAggregate(FeatureWindow window, long halfLifeMs, bool isOfAmounts) : Aggregate(window)
{
    public const int MaxValues = 48;

    /// <summary>Panes of a value: what is older than 12 half-lives weighs less than 1/4096.</summary>
    private const int MaxPanes = 12;
    private const int LengthBytes = 2;
    private readonly Panes _panes = new(new FeatureWindow(WindowKind.Sliding, MaxPanes * halfLifeMs, halfLifeMs));

    public override bool NeedsAmount => isOfAmounts;

    public override bool NeedsValue => true;

    public override int MaxBytes => (MaxValues + 1) * (LengthBytes + EncodedValue.MaxBytes + LengthBytes + _panes.MaxBytes);

    public override int Add(ReadOnlySpan<byte> state, in Observation observation, Span<byte> into)
    {
        Span<byte> one = stackalloc byte[LengthBytes + EncodedValue.MaxBytes + LengthBytes + _panes.MaxBytes];
        var length = Begin(in observation, one);
        var entries = new EntryReader(state);
        var (start, end, count) = (0, 0, 0);
        for (var isBehind = false; entries.MoveNext(); count++)
        {
            var order = isBehind || length == 0 ? 1 : entries.Value.SequenceCompareTo(observation.Value);
            if (order == 0)
            {
                length = Grow(in entries, in observation, one);
            }

            isBehind |= order >= 0;
            (start, end) = order < 0 ? (entries.End, entries.End) : order == 0 ? (start, entries.End) : (start, end);
        }

        state[..start].CopyTo(into);
        one[..length].CopyTo(into[start..]);
        state[end..].CopyTo(into[(start + length)..]);
        var grown = start + length + state.Length - end;
        return count < MaxValues ? grown : DropOldest(into[..grown]);
    }

    public override int Merge(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b, Span<byte> into)
    {
        // Twice as many as may stay, before the oldest are dropped: in a room of its own.
        var union = new byte[a.Length + b.Length + _panes.MaxBytes];
        var writer = new EntryWriter(union);
        Span<byte> room = stackalloc byte[_panes.MaxBytes];
        var left = new EntryReader(a);
        var right = new EntryReader(b);
        var (hasLeft, hasRight) = (left.MoveNext(), right.MoveNext());
        while (hasLeft || hasRight)
        {
            var order = !hasRight ? -1 : !hasLeft ? 1 : left.Value.SequenceCompareTo(right.Value);
            if (order == 0)
            {
                writer.Write(left.Value, room[.._panes.Merge(left.Panes, right.Panes, room)]);
            }
            else
            {
                var entry = order < 0 ? left : right;
                writer.Write(entry.Value, entry.Panes);
            }

            hasLeft = order <= 0 ? left.MoveNext() : hasLeft;
            hasRight = order >= 0 ? right.MoveNext() : hasRight;
        }

        var length = DropOldest(union.AsSpan(0, writer.Length));
        union.AsSpan(0, length).CopyTo(into);
        return length;
    }

    public override Scalar Read(ReadOnlySpan<byte> state, in ReadTime at, Span<byte> value, out int valueBytes, out long nextChangeMs)
    {
        (valueBytes, nextChangeMs) = (0, long.MaxValue);
        var asOf = Decay.GrainStart(at.NowMs, Window.GrainMs);
        var heaviest = 0d;
        var entries = new EntryReader(state);
        while (entries.MoveNext())
        {
            // All weights shrink alike, so time alone never changes which one is the heaviest.
            var weight = Panes.WeightAt(entries.Panes, asOf, halfLifeMs);
            if (weight > heaviest)
            {
                heaviest = weight;
                entries.Value.CopyTo(value);
                valueBytes = entries.Value.Length;
            }
        }

        return default;
    }

    public override void List(ReadOnlySpan<byte> state, in ReadTime at, List<ListedValue> into)
    {
        var asOf = Decay.GrainStart(at.NowMs, Window.GrainMs);
        var entries = new EntryReader(state);
        while (entries.MoveNext())
        {
            into.Add(new ListedValue(entries.Value.ToArray(), Panes.WeightAt(entries.Panes, asOf, halfLifeMs), null));
        }

        into.Sort(static (a, b) => b.Weight.GetValueOrDefault().CompareTo(a.Weight.GetValueOrDefault()));
    }

    protected override int Begin(in Observation observation, Span<byte> into)
    {
        if (observation.Value.IsEmpty)
        {
            return 0;
        }

        Span<byte> room = stackalloc byte[_panes.MaxBytes];
        var weighed = Decay.Weighed(in observation, halfLifeMs, isOfAmounts);
        var writer = new EntryWriter(into);
        writer.Write(observation.Value, room[.._panes.Add([], in weighed, room)]);
        return writer.Length;
    }

    /// <summary>The entry's value once more, with one observation in its panes.</summary>
    private int Grow(ref readonly EntryReader entry, in Observation observation, Span<byte> into)
    {
        Span<byte> room = stackalloc byte[_panes.MaxBytes];
        var weighed = Decay.Weighed(in observation, halfLifeMs, isOfAmounts);
        var writer = new EntryWriter(into);
        writer.Write(entry.Value, room[.._panes.Add(entry.Panes, in weighed, room)]);
        return writer.Length;
    }

    /// <summary>Drops values until there are no more than may stay: those with the oldest newest pane, of one pane the first by its bytes.</summary>
    private static int DropOldest(Span<byte> state)
    {
        for (var length = state.Length; ; state = state[..length])
        {
            var entries = new EntryReader(state);
            var (count, oldest, start, end) = (0, long.MaxValue, 0, 0);
            for (var begin = 0; entries.MoveNext(); begin = entries.End, count++)
            {
                var newest = Panes.NewestOf(entries.Panes);
                (oldest, start, end) = newest < oldest ? (newest, begin, entries.End) : (oldest, start, end);
            }

            if (count <= MaxValues)
            {
                return length;
            }

            state[end..].CopyTo(state[start..]);
            length -= end - start;
        }
    }

    /// <summary>The weight of one value.</summary>
    private sealed class Panes(FeatureWindow window) : PaneAggregate<DecayedCell>(window)
    {
        public static long NewestOf(ReadOnlySpan<byte> panes) => (long)new ByteReader(panes).Read();

        public static double WeightAt(ReadOnlySpan<byte> panes, long asOfMs, long halfLifeMs)
        {
            var sum = 0d;
            var reader = new PaneReader<DecayedCell>(panes);
            while (reader.MoveNext())
            {
                sum += Decay.Read(reader.Cell.Weighed, reader.Pane, asOfMs, halfLifeMs);
            }

            return sum;
        }

        protected override Scalar Finish(DecayedCell total) => default;
    }

    private ref struct EntryReader(ReadOnlySpan<byte> state)
    {
        private ByteReader _reader = new(state);

        public ReadOnlySpan<byte> Value { get; private set; }

        public ReadOnlySpan<byte> Panes { get; private set; }

        /// <summary>Where the next entry begins.</summary>
        public readonly int End => _reader.Position;

        public bool MoveNext()
        {
            if (_reader.IsAtEnd)
            {
                return false;
            }

            Value = _reader.Take((int)_reader.Read());
            Panes = _reader.Take((int)_reader.Read());
            return true;
        }
    }

    private ref struct EntryWriter(Span<byte> room)
    {
        private ByteWriter _writer = new(room);

        public readonly int Length => _writer.Length;

        public void Write(scoped ReadOnlySpan<byte> value, scoped ReadOnlySpan<byte> panes)
        {
            _writer.Write((ulong)value.Length);
            _writer.Write(value);
            _writer.Write((ulong)panes.Length);
            _writer.Write(panes);
        }
    }
}
