namespace Personalization.Features.Domain.Conditions;

/// <summary>
/// How large a condition may be. They bound what an evaluation costs, and stand in the schema and in <c>docs/segments.md</c> too: tests keep
/// the three equal.
/// </summary>
internal static class ConditionLimits
{
    /// <summary>Conditions within conditions, <c>where</c> included.</summary>
    public const int Depth = 16;

    /// <summary>Conditions and steps in all.</summary>
    public const int Nodes = 500;

    /// <summary>Values of one <c>in</c> or <c>nin</c>.</summary>
    public const int Values = 1_000;

    /// <summary>Unicode characters of a name.</summary>
    public const int NameLength = 256;

    /// <summary>UTF-8 bytes of a text that is compared: as much as is kept of one, so a longer one could never be equal.</summary>
    public const int TextBytes = Scalar.MaxTextBytes;

    /// <summary>Names of one event pattern.</summary>
    public const int EventNames = 50;

    /// <summary>Steps of a sequence.</summary>
    public const int Steps = 8;

    /// <summary>Times of a step.</summary>
    public const int Times = 100;

    /// <summary>Steps that can be asked of a funnel.</summary>
    public const int FunnelSteps = 100;

    public const long MinDurationMs = 1_000;

    public const long MaxDurationMs = 400L * 86_400_000;

    /// <summary>Faults that are told of at once; a document of garbage is not answered by one as long.</summary>
    public const int Faults = 100;
}
