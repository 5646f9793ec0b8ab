using System.Runtime.InteropServices;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Privacy;
using Personalization.Tracking.Contracts;

namespace Personalization.Tracking.Domain.Clock;

/// <summary>The running maximum of arrivals, in log order. Written by the sequencer, read by anyone.</summary>
[HoldsNoPersonalData("One time, that of the latest entry of the log.")]
internal sealed class LogClock : ILogClock, ICheckpointed
{
    private const byte Table = 20;
    private long _nowMs;

    public string FileName => "tracking";

    public int Version => 1;

    public long NowMs => Volatile.Read(ref _nowMs);

    /// <summary>An entry has its turn that arrived at this time; returns the clock at its place. Sequencer's thread.</summary>
    public long Advance(long arrivalMs)
    {
        if (arrivalMs > _nowMs)
        {
            Volatile.Write(ref _nowMs, arrivalMs);
        }

        return _nowMs;
    }

    public void Load(CheckpointReader reader) =>
        reader.Visit(Table, (_, value) => Volatile.Write(ref _nowMs, MemoryMarshal.Read<long>(value)));

    public void Collect(CheckpointWriter writer) => MemoryMarshal.Write(writer.Reserve(Table, 0, sizeof(long)), _nowMs);
}
