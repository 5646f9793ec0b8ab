using System.Runtime.InteropServices;

namespace Personalization.Identity.Domain;

/// <summary>One identifier as the graph keeps it, one cache line; a checkpoint keeps it as it is.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Identifier
{
    /// <summary>Keyed hash; default in a place whose identifier was erased.</summary>
    public UInt128 Key;

    /// <summary>Event time since which the present owner has it, Unix ms. Of a device; its epoch.</summary>
    public long EpochMs;

    /// <summary>The newest event time at which the owner was named together with it.</summary>
    public long SeenMs;

    /// <summary>The profile that it was bound to, before merges.</summary>
    public int Home;

    /// <summary>Neighbours among the identifiers of the home, by number + 1; 0 at the ends.</summary>
    public int Next;
    public int Before;

    /// <summary>Profiles that it has joined, or hands that it has come to, since <see cref="JoinsSinceMinute"/>.</summary>
    public int Joins;

    /// <summary>Unix minutes, by time of arrival.</summary>
    public int JoinsSinceMinute;

    public byte Kind;

    /// <summary>It joined too many profiles: it links no more.</summary>
    public bool IsQuarantined;
}

/// <summary>Whose a device was since when, before its present owner. By event time.</summary>
internal readonly record struct Epoch(long SinceMs, int Home);
