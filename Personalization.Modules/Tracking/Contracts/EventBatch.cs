using System.Buffers;
using Personalization.Kernel.Log;
using Personalization.Tracking.Domain;

namespace Personalization.Tracking.Contracts;

/// <summary>
/// The events of one request, with the one buffer that all their texts live in. Pooled: filled by the parser on the
/// request's thread, committed by the log, applied by the stages, and reused.
/// </summary>
public sealed partial class EventBatch : LogEntry, IBufferWriter<byte>
{
    /// <summary>Kind byte of tracked events in the log.</summary>
    public const byte EntryKind = 1;

    private readonly Action<EventBatch> _returnToPool;
    private TrackedEvent[] _events = [];
    private int _unapplied;
    private TaskCompletionSource? _applied;

    internal EventBatch(Action<EventBatch> returnToPool)
    {
        _returnToPool = returnToPool;
    }

    /// <summary>Which of the pool's shelves the batch belongs to.</summary>
    internal bool IsLarge { get; set; }

    public override byte Kind => EntryKind;

    public override int Count => EventCount;

    /// <summary>What it really holds: an event is an object of its own, which weighs about as much as a short body.</summary>
    public override int ByteCount => RetainedBytes;

    public int EventCount { get; private set; }

    /// <summary>The body, decoded, followed by strings that had to be unescaped. Valid up to <see cref="BufferLength"/>.</summary>
    public byte[] Buffer { get; private set; } = [];

    public int BufferLength { get; set; }

    public ItemLine[] Lines { get; private set; } = [];

    public int LineCount { get; private set; }

    public ushort SourceId { get; set; }

    /// <summary>
    /// The request came with <c>Sec-GPC: 1</c>: whoever sent it does not want their data sold or shared. Stored with the batch.
    /// </summary>
    public bool HasGpc { get; set; }

    /// <summary>Whether the answer waits until the stages have applied the batch.</summary>
    internal bool IsEffectAwaited => _applied is not null;

    /// <summary>
    /// Completes when the batch has passed all stages. Asked for before it goes to the log, by the few requests that wait for that;
    /// allocates.
    /// </summary>
    internal Task AwaitEffect() => (_applied ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    public EventOrigin Origin { get; set; }

    public long ReceivedAtMs { get; set; }

    /// <summary>
    /// The log's clock at the batch: the latest arrival that stands in the log up to here, Unix ms. It never goes back, and a replay
    /// sees the same. Set by the sequencer. Of events that are applied once more to make a profile anew it is the clock at the place where that
    /// is done: the stages are there, and time does not go back for them.
    /// </summary>
    public long LogTimeMs { get; internal set; }

    /// <summary>
    /// For a failed event that is taken up again where it stopped: its first place in the log. The batch has it alone. -1 otherwise.
    /// </summary>
    internal long ResumedOffset { get; set; } = -1;

    /// <summary>Sent in again out of a dead letter: what is refused of it as a whole has its letter already.</summary>
    internal bool IsOfLetter { get; set; }

    /// <summary>Whose key it once was that came with a request and is no longer valid. Null otherwise.</summary>
    internal Source? FormerSource { get; set; }

    public long SentAtMs { get; set; } = long.MinValue;

    /// <summary>The <c>context</c> of the batch itself, JSON, which applies to each event that says nothing else; may be empty.</summary>
    public Utf8Slice SharedContext { get; set; }

    /// <summary>Events of the request that were refused alone, in the order of the body; their texts lie in <see cref="Buffer"/>.</summary>
    internal List<Refusal> Refusals { get; } = [];

    /// <summary>Of an import: the line that each element of the body stood in, from 1, so that refusals name it. Not stored.</summary>
    internal List<long> LineNumbers { get; } = [];

    /// <summary>Of an import: its id, so that a line of it that is refused once more is known. Not stored.</summary>
    internal string? ImportId { get; set; }

    /// <summary>Events that were taken, but that a check which only warns would have refused.</summary>
    internal List<Refusal> Warnings { get; } = [];

    public TrackedEvent this[int index] => _events[index];

    public ReadOnlySpan<byte> Text(Utf8Slice slice) => Buffer.AsSpan(slice.Start, slice.Length);

    /// <summary>Makes room for at least this many bytes, keeping what is there.</summary>
    public void EnsureBuffer(int capacity)
    {
        if (Buffer.Length < capacity)
        {
            var grown = ArrayPool<byte>.Shared.Rent(capacity);
            Buffer.AsSpan(0, BufferLength).CopyTo(grown);
            if (Buffer.Length > 0)
            {
                ArrayPool<byte>.Shared.Return(Buffer);
            }

            Buffer = grown;
        }
    }

    void IBufferWriter<byte>.Advance(int count) => BufferLength += count;

    Memory<byte> IBufferWriter<byte>.GetMemory(int sizeHint) => Room(sizeHint);

    Span<byte> IBufferWriter<byte>.GetSpan(int sizeHint) => Room(sizeHint).Span;

    /// <summary>A cleared event at the end of the batch.</summary>
    public TrackedEvent AddEvent()
    {
        if (EventCount == _events.Length)
        {
            Array.Resize(ref _events, Math.Max(1, EventCount * 2));
        }

        var added = _events[EventCount] ??= new TrackedEvent { Batch = this };
        EventCount++;
        added.Clear();
        added.FirstLine = LineCount;
        added.FirstIdentifier = IdentifierCount;
        return added;
    }

    /// <summary>Takes the last event and its lines back: it turned out to be invalid.</summary>
    public void RemoveLastEvent()
    {
        LineCount = _events[--EventCount].FirstLine;
        IdentifierCount = _events[EventCount].FirstIdentifier;
    }

    /// <summary>Takes the lines of the last event back: a later value of the same JSON property replaces them.</summary>
    public void RemoveLastLines()
    {
        var last = _events[EventCount - 1];
        LineCount = last.FirstLine;
        last.LineCount = 0;
    }

    /// <summary>A new line of the last event.</summary>
    public ref ItemLine AddLine()
    {
        if (LineCount == Lines.Length)
        {
            var lines = Lines;
            Array.Resize(ref lines, Math.Max(2, LineCount * 2));
            Lines = lines;
        }

        ref var line = ref Lines[LineCount++];
        line = new ItemLine { Price = float.NaN, Quantity = 1, Item = -1, CategoryTerm = -1, BrandTerm = -1 };
        _events[EventCount - 1].LineCount++;
        return ref line;
    }

    /// <summary>The sequencer tells to how many partitions the batch goes, before it goes to the first.</summary>
    internal void BeginApply(int partitions) => _unapplied = partitions;

    /// <summary>One partition has applied its events; the last one releases the pipeline's reference.</summary>
    internal void EndApply()
    {
        if (Interlocked.Decrement(ref _unapplied) == 0)
        {
            Finish();
        }
    }

    /// <summary>Nothing is left to apply: tells whoever waits for that, and releases the pipeline's reference.</summary>
    internal void Finish()
    {
        _applied?.SetResult();
        Release();
    }

    public override void WriteTo(IBufferWriter<byte> output) => Pipeline.EventBatchCodec.Write(this, output);

    private Memory<byte> Room(int sizeHint)
    {
        EnsureBuffer(BufferLength + Math.Max(sizeHint, 256));
        return Buffer.AsMemory(BufferLength);
    }

    protected override void OnReleased()
    {
        _applied = null;
        HasGpc = false;
        EventCount = LineCount = IdentifierCount = BufferLength = 0;
        SourceId = 0;
        Origin = default;
        ResumedOffset = -1;
        FormerSource = null;
        IsOfLetter = false;
        ImportId = null;
        Refusals.Clear();
        Warnings.Clear();
        LineNumbers.Clear();
        ReceivedAtMs = LogTimeMs = 0;
        SentAtMs = long.MinValue;
        SharedContext = default;
        _returnToPool(this);
    }

    /// <summary>Bytes that the batch would keep when pooled; the pool refuses giants.</summary>
    internal int RetainedBytes => Buffer.Length + (_events.Length * 400) + (Lines.Length * 44) + (Identifiers.Length * 48);
}
