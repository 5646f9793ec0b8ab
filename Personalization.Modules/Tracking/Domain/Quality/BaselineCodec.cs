using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Personalization.Tracking.Contracts;

namespace Personalization.Tracking.Domain.Quality;

/// <summary>A baseline as it is kept: a version, the scatter, the hour under way, then rates and weeks of the 168 hours.</summary>
internal static class BaselineCodec
{
    private const byte Version = 1;
    private const int Fixed = 1 + 8 + 8 + 8 + 4 + 4;
    private const int Length = Fixed + (SeasonalBaseline.Hours * 5);

    public static byte[] Write(SeasonalBaseline baseline)
    {
        var state = new byte[Length];
        var span = state.AsSpan();
        span[0] = Version;
        BinaryPrimitives.WriteDoubleLittleEndian(span[1..], baseline.Scatter);
        BinaryPrimitives.WriteInt64LittleEndian(span[9..], baseline.Hour);
        BinaryPrimitives.WriteDoubleLittleEndian(span[17..], baseline.HourSum);
        BinaryPrimitives.WriteInt32LittleEndian(span[25..], baseline.HourMinutes);
        BinaryPrimitives.WriteInt32LittleEndian(span[29..], baseline.HourFlagged);
        MemoryMarshal.AsBytes(baseline.Rates.AsSpan()).CopyTo(span[Fixed..]);
        baseline.Weeks.CopyTo(span[(Fixed + (SeasonalBaseline.Hours * 4))..]);
        return state;
    }

    /// <summary>A state of another version, or a damaged one, is learned anew.</summary>
    public static void Read(ReadOnlySpan<byte> state, SeasonalBaseline baseline)
    {
        if (state.Length != Length || state[0] != Version)
        {
            return;
        }

        baseline.Scatter = Math.Clamp(BinaryPrimitives.ReadDoubleLittleEndian(state[1..]), 0, 10);
        baseline.Hour = BinaryPrimitives.ReadInt64LittleEndian(state[9..]);
        baseline.HourSum = BinaryPrimitives.ReadDoubleLittleEndian(state[17..]);
        baseline.HourMinutes = BinaryPrimitives.ReadInt32LittleEndian(state[25..]);
        baseline.HourFlagged = BinaryPrimitives.ReadInt32LittleEndian(state[29..]);
        MemoryMarshal.Cast<byte, float>(state[Fixed..(Fixed + (SeasonalBaseline.Hours * 4))]).CopyTo(baseline.Rates);
        state[(Fixed + (SeasonalBaseline.Hours * 4))..].CopyTo(baseline.Weeks);
    }
}

/// <summary>A series' baseline on its way to and from disk.</summary>
/// <param name="SourceId">Of the series.</param>
/// <param name="Type">The call.</param>
/// <param name="Name">Of a track call; else empty.</param>
/// <param name="State">As <see cref="BaselineCodec"/> writes it.</param>
/// <param name="HeardAtMs">When the last event came, to ten seconds.</param>
internal sealed record SavedBaseline(ushort SourceId, EventType Type, string Name, byte[] State, long HeardAtMs);
