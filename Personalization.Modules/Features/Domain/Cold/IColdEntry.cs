namespace Personalization.Features.Domain.Cold;

/// <summary>What a state keeps of one profile, or the mark that stands in its place while it is on disk only.</summary>
internal interface IColdEntry
{
    /// <summary>Whether this is a mark: nothing is in it, and nothing may be written to it.</summary>
    bool IsCold { get; }

    /// <summary>Whether it waits for a checkpoint, and so must stay.</summary>
    bool IsDirty { get; }

    /// <summary>About what it takes in memory, its place in the table included; 0 of a mark.</summary>
    long Bytes { get; }
}

/// <summary>Makes an entry of its row, which is valid during the call.</summary>
internal delegate T ColdDecoder<out T>(ReadOnlySpan<byte> row);
