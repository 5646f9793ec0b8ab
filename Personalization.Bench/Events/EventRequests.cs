using System.Text;
using Personalization.Bench.Load;

namespace Personalization.Bench.Events;

/// <summary>
/// POSTs of events: single ones to <c>/v1/track</c> or batches to <c>/v1/batch</c>. Every event is new: its message id, shopper
/// and item are patched into the connection's own copy of prebuilt bytes.
/// </summary>
internal sealed class EventRequests : IRequestSource
{
    private static long _instances;

    private readonly IEventMix _mix;
    private readonly AckLedger? _ledger;
    private readonly ulong _messageIdHigh;
    private readonly Slot[] _slots;
    private readonly EventTemplate[] _templates;
    private readonly byte[][] _singles;
    private readonly int[] _choice;
    private readonly string _writeKey;

    /// <param name="batchSize">Events in a request; 1 for single ones.</param>
    /// <param name="connections">Connections of the load.</param>
    /// <param name="mix">Who does what.</param>
    /// <param name="time">The clock of the events.</param>
    /// <param name="ledger">Counts what was sent and acknowledged, when wanted.</param>
    /// <param name="writeKey">Whose events they are.</param>
    /// <param name="choose">Which templates are used, by index; null for all.</param>
    public EventRequests(
        int batchSize,
        int connections,
        IEventMix mix,
        TimeProvider time,
        AckLedger? ledger = null,
        string writeKey = HttpRequests.WriteKey,
        Func<int, bool>? choose = null)
    {
        _writeKey = writeKey;
        _choice = [.. Enumerable.Range(0, EventTemplate.Count).Where(choose ?? (static _ => true))];
        BatchSize = batchSize;
        _mix = mix;
        _ledger = ledger;
        var now = time.GetUtcNow();
        var seed = Numbers.Mix((ulong)now.UtcTicks) + (ulong)Interlocked.Increment(ref _instances);
        _messageIdHigh = Numbers.Mix(seed);
        _slots = Enumerable.Range(0, connections).Select(i => new Slot((ulong)i << 40, batchSize)).ToArray();
        _templates = EventTemplate.MakeAll(now, withSentAt: batchSize == 1);
        _singles = batchSize == 1 ? _templates.Select(template => HttpRequests.Post("/v1/track", template.Bytes, writeKey)).ToArray() : [];
    }

    public int BatchSize { get; }

    /// <summary>Bytes of a body: the mean over all templates.</summary>
    public double MeanEventBytes => _templates.Average(template => template.Bytes.Length);

    public void Prepare(HttpConnection connection)
    {
        var slot = _slots[connection.Index];
        if (slot.Buffer.Length == 0)
        {
            slot.Buffer = BatchSize == 1 ? new byte[_singles.Max(request => request.Length)] : MakeBatch(slot);
            connection.RequestLength = slot.Buffer.Length;
        }

        connection.Request = slot.Buffer;
        if (BatchSize == 1)
        {
            connection.RequestLength = ChooseSingle(slot);
        }

        for (var i = 0; i < BatchSize; i++)
        {
            PatchNext(slot, i);
        }

        _ledger?.Sent(slot.Shoppers);
    }

    public void Answered(HttpConnection connection, bool isOk)
    {
        var slot = _slots[connection.Index];
        slot.IsAnswered = true;
        if (isOk)
        {
            _ledger?.Acknowledged(slot.Shoppers);
        }
        else
        {
            _ledger?.Refused(slot.Shoppers);
        }
    }

    /// <summary>Requests that were sent and not answered, as they were sent: what a client would send again.</summary>
    public IEnumerable<(byte[] Request, int[] Shoppers)> Unanswered() => _slots
        .Where(slot => slot is { IsAnswered: false, Buffer.Length: > 0 })
        .Select(slot => (slot.Buffer[..(BatchSize == 1 ? slot.SingleLength : slot.Buffer.Length)], slot.Shoppers));

    private int ChooseSingle(Slot slot)
    {
        slot.Templates[0] = Choose(slot);
        var request = _singles[slot.Templates[0]];
        request.CopyTo(slot.Buffer, 0);
        slot.Offsets[0] = request.Length - _templates[slot.Templates[0]].Bytes.Length;
        return slot.SingleLength = request.Length;
    }

    private int Choose(Slot slot) => _choice[(int)(Numbers.Next(ref slot.Random) % (ulong)_choice.Length)];

    private byte[] MakeBatch(Slot slot)
    {
        using var body = new MemoryStream();
        body.Write("{\"batch\":["u8);
        for (var i = 0; i < BatchSize; i++)
        {
            slot.Templates[i] = Choose(slot);
            slot.Offsets[i] = (int)body.Length + (i == 0 ? 0 : 1);
            body.Write(i == 0 ? ""u8 : ","u8);
            body.Write(_templates[slot.Templates[i]].Bytes);
        }

        // Every template carries the same time; taking it as sentAt as well lets the server date the batch at its arrival.
        var first = Encoding.UTF8.GetString(_templates[0].Bytes);
        var at = first.IndexOf("\"timestamp\":", StringComparison.Ordinal) + "\"timestamp\":".Length;
        body.Write(Encoding.UTF8.GetBytes($"],\"sentAt\":{first[at..first.IndexOf(',', at)]}}}"));
        var request = HttpRequests.Post("/v1/batch", body.ToArray(), _writeKey);
        var head = request.Length - (int)body.Length;
        for (var i = 0; i < BatchSize; i++)
        {
            slot.Offsets[i] += head;
        }

        return request;
    }

    private void PatchNext(Slot slot, int position)
    {
        _mix.Next(ref slot.Random, out var shopper, out var item);
        slot.Shoppers[position] = shopper;
        slot.IsAnswered = false;
        _templates[slot.Templates[position]]
            .Patch(slot.Buffer, slot.Offsets[position], _messageIdHigh, Numbers.Mix(slot.Sequence++), shopper, item);
    }

    /// <summary>What one connection sends.</summary>
    private sealed class Slot(ulong firstSequence, int batchSize)
    {
        public readonly int[] Shoppers = new int[batchSize];
        public readonly int[] Templates = new int[batchSize];
        public readonly int[] Offsets = new int[batchSize];
        public byte[] Buffer = [];
        public ulong Sequence = firstSequence;
        public ulong Random = Numbers.Mix(firstSequence);
        public int SingleLength;
        public volatile bool IsAnswered;
    }
}
