namespace Personalization.Tracking.Contracts;

/// <summary>What becomes of an event that breaks its schema.</summary>
public enum SchemaMode
{
    /// <summary>It is not looked at.</summary>
    Allow,

    /// <summary>It is taken, counted and shown.</summary>
    Warn,

    /// <summary>It is refused and kept as a dead letter.</summary>
    Enforce,
}
