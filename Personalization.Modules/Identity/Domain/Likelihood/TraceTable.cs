using System.Runtime.InteropServices;
using Personalization.Kernel.Checkpoints;

namespace Personalization.Identity.Domain.Likelihood;

/// <summary>Who was last seen with a trace.</summary>
/// <param name="Key">The trace, or two that belong together; default in an empty place.</param>
/// <param name="Value">A second key that is kept with it.</param>
/// <param name="ProfileId">Whose it was.</param>
/// <param name="TimeMs">Event time.</param>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal readonly record struct Trace(UInt128 Key, UInt128 Value, int ProfileId, long TimeMs);

/// <summary>
/// The last one seen with each of many traces, in a fixed number of places: a newer trace takes the place of an older one. What it
/// holds depends on the order of the events alone.
/// </summary>
internal sealed class TraceTable(byte table)
{
    private const int Places = 1 << 16;

    private readonly Trace[] _traces = new Trace[Places];
    private readonly ChangeList _changed = new();

    /// <summary>Returns who was seen with the key before, and puts this one in its place.</summary>
    public Trace Swap(in Trace trace)
    {
        var place = PlaceOf(trace.Key);
        var before = _traces[place];
        _traces[place] = trace;
        _changed.Add(place);
        return before.Key == trace.Key ? before : default;
    }

    public void Load(CheckpointReader reader) =>
        reader.Visit(table, (place, value) => _traces[place] = MemoryMarshal.Read<Trace>(value));

    public void Collect(CheckpointWriter writer)
    {
        foreach (var place in _changed.All)
        {
            if (_traces[place].Key == default)
            {
                writer.Delete(table, place);
            }
            else
            {
                MemoryMarshal.Write(writer.Reserve(table, place, Marshal.SizeOf<Trace>()), _traces[place]);
            }
        }

        _changed.Clear();
    }

    public long CountOf(IReadOnlySet<int> profileIds) =>
        _traces.LongCount(trace => trace.Key != default && profileIds.Contains(trace.ProfileId));

    public long Erase(IReadOnlySet<int> profileIds)
    {
        var erased = 0L;
        for (var place = 0; place < Places; place++)
        {
            if (_traces[place].Key != default && profileIds.Contains(_traces[place].ProfileId))
            {
                _traces[place] = default;
                _changed.Add(place);
                erased++;
            }
        }

        return erased;
    }

    private static int PlaceOf(UInt128 key) => (int)(ulong)key & (Places - 1);
}
