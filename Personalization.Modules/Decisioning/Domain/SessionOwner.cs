namespace Personalization.Decisioning.Domain;

/// <summary>Whose session it is. Writers and erasure need it; the neighbour search does not, so it stands apart.</summary>
internal struct SessionOwner
{
    /// <summary>The session's serial number; 0 when the slot was never used.</summary>
    public uint Serial;

    /// <summary>The next older session of the same profile, or 0.</summary>
    public uint Previous;

    public int Profile;

    /// <summary>Whether the row changed since the last checkpoint.</summary>
    public bool IsDirty;

    /// <summary>Number of the session within its profile.</summary>
    public long Number;

    /// <summary>Event time of the newest event, Unix ms.</summary>
    public long LastMs;
}
