namespace Personalization.Tracking.Domain.Quality;

/// <summary>
/// Copies of payloads on their way from the hot path to where they are looked into: a ring of buffers that are kept, one thread at
/// either end. A full ring refuses and counts.
/// </summary>
internal sealed class PayloadSamples(int capacity = 1_024)
{
    /// <summary>Larger payloads are left out: the ring would become the largest thing in memory.</summary>
    private const int MaxBytes = 8 * 1024;
    private readonly Sample[] _samples = new Sample[capacity];
    private long _written;
    private long _read;
    private long _refused;

    /// <summary>Samples that found no room, since the start.</summary>
    public long Refused => Volatile.Read(ref _refused);

    /// <summary>The writing thread.</summary>
    public bool TryAdd(int series, long offset, ReadOnlySpan<byte> payload)
    {
        if (payload.Length > MaxBytes || _written - Volatile.Read(ref _read) == capacity)
        {
            Volatile.Write(ref _refused, _refused + 1);
            return false;
        }

        ref var sample = ref _samples[_written % capacity];
        if (sample.Buffer is null || sample.Buffer.Length < payload.Length)
        {
            sample.Buffer = new byte[System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(256, payload.Length))];
        }

        payload.CopyTo(sample.Buffer);
        sample.Length = payload.Length;
        sample.Series = series;
        sample.Offset = offset;
        Volatile.Write(ref _written, _written + 1);
        return true;
    }

    /// <summary>The reading thread: what was there at the call, in order. A payload is wiped when it was looked into.</summary>
    public void Drain(Action<int, long, ReadOnlyMemory<byte>> look)
    {
        for (var end = Volatile.Read(ref _written); _read < end; Volatile.Write(ref _read, _read + 1))
        {
            ref var sample = ref _samples[_read % capacity];
            look(sample.Series, sample.Offset, sample.Buffer.AsMemory(0, sample.Length));
            sample.Buffer.AsSpan(0, sample.Length).Clear();
        }
    }

    private struct Sample
    {
        public int Series;
        public long Offset;
        public byte[]? Buffer;
        public int Length;
    }
}
