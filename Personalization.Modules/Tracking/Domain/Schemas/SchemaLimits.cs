namespace Personalization.Tracking.Domain.Schemas;

/// <summary>What a schema may cost to compile and to ask. Schemas come from people with a server key, instances from anyone.</summary>
/// <param name="Bytes">Bytes of one document.</param>
/// <param name="Subschemas">Subschemas of all documents together, without the standard's own.</param>
/// <param name="OnlyLinearPatterns">
/// Whether a pattern that needs backtracking (look-around, back references, <c>\b</c>) is an error. Such a pattern can be made to run
/// until its time is up.
/// </param>
internal sealed record SchemaLimits(int Bytes, int Subschemas, bool OnlyLinearPatterns)
{
    /// <summary>Levels of JSON nesting of a schema; two of them are one level of the instance.</summary>
    public const int Depth = 128;

    /// <summary>Levels of JSON nesting of an instance.</summary>
    public const int InstanceDepth = 64;

    /// <summary>References and applicators that may follow one another at one place of the instance.</summary>
    public const int Chain = 128;

    /// <summary>Nested evaluations of one validation.</summary>
    public const int Nesting = 2_000;

    /// <summary>Evaluations and comparisons of one validation: some ten milliseconds; an honest event needs hundreds.</summary>
    public const int Steps = 500_000;

    /// <summary>Faults that are told of one instance.</summary>
    public const int Faults = 32;

    /// <summary>Errors that are told of one schema.</summary>
    public const int Errors = 32;

    public static SchemaLimits Default { get; } = new(256 * 1024, 5_000, OnlyLinearPatterns: false);
}
