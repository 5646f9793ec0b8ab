namespace Personalization.Features.Domain.ChangeCapture;

/// <summary>Why a change record was refused. Values of an answer and of a metric: their names stay.</summary>
internal enum CaptureReason
{
    /// <summary>Neither an envelope nor a flattened row.</summary>
    UnknownShape,

    /// <summary>The configuration maps no such table.</summary>
    UnmappedTable,

    /// <summary>Truncations and messages of the log have no meaning for a catalogue.</summary>
    UnsupportedOperation,

    /// <summary>Nothing tells where the change stands, so that a repetition could not be told.</summary>
    PositionMissing,

    /// <summary>The row or its key is not in the record.</summary>
    RowMissing,

    /// <summary>A column holds what its field cannot take.</summary>
    InvalidValue,

    /// <summary>More tables than are kept apart.</summary>
    TooManyTables,

    /// <summary>The event path refused the event and keeps it as a dead letter.</summary>
    EventRefused,
}

/// <summary>One record that was refused while the others were taken.</summary>
/// <param name="Index">Its place in the body, from 0.</param>
/// <param name="Reason">What kind of fault.</param>
/// <param name="Detail">What it is in particular, without any value that was sent.</param>
internal sealed record CaptureRefusal(int Index, CaptureReason Reason, string Detail);
