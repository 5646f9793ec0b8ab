namespace Personalization.Tracking.Domain.Pressure;

/// <summary>How much the door sheds. Behind every level stand the hard bounds of the log's lanes.</summary>
internal enum PressureLevel : byte
{
    /// <summary>Nothing is refused but by the hard bounds.</summary>
    Normal,

    /// <summary>Bulk is admitted at a rate that follows the pressure; everything else passes.</summary>
    ShedBulk,

    /// <summary>As before, and each source has its share of what can be done. Who keeps within it is not refused.</summary>
    FairShare,
}
