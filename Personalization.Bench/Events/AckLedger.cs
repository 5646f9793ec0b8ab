namespace Personalization.Bench.Events;

/// <summary>How many of each shopper's events were sent and acknowledged. Thread-safe.</summary>
internal sealed class AckLedger(int shoppers)
{
    private readonly int[] _sent = new int[shoppers];
    private readonly int[] _acknowledged = new int[shoppers];

    public int Shoppers => _sent.Length;

    public long TotalAcknowledged => _acknowledged.Sum(count => (long)count);

    public int SentOf(int shopper) => Volatile.Read(ref _sent[shopper]);

    public int AcknowledgedOf(int shopper) => Volatile.Read(ref _acknowledged[shopper]);

    public void Sent(int[] shoppersOfRequest) => Add(_sent, shoppersOfRequest, 1);

    public void Acknowledged(int[] shoppersOfRequest) => Add(_acknowledged, shoppersOfRequest, 1);

    /// <summary>A refused request is known not to be in the log.</summary>
    public void Refused(int[] shoppersOfRequest) => Add(_sent, shoppersOfRequest, -1);

    private static void Add(int[] counts, int[] shoppersOfRequest, int change)
    {
        foreach (var shopper in shoppersOfRequest)
        {
            Interlocked.Add(ref counts[shopper], change);
        }
    }
}
