using System.Text.Json;
using System.Text.Json.Serialization;

namespace Personalization.Decisioning.Domain.Governance;

/// <summary>
/// What is stated about something that decides: a placement (<c>placement:for-you</c>), a model (<c>model:session-knn</c>) or a set of rules
/// (<c>rules:…</c>). One version of it, which is never changed.
/// </summary>
internal sealed record Policy
{
    /// <summary>Writes a policy the same way each time, so that two are compared by their texts.</summary>
    public static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        MaxDepth = 8,
    };

    /// <summary>Who answers for it: a person or a team.</summary>
    public string Owner { get; init; } = "";

    public string Purpose { get; init; } = "";

    /// <summary>consent, legitimate-interest, contract or legal-obligation.</summary>
    public string LegalBasis { get; init; } = "";

    /// <summary>Purposes of the consent state that must be granted: collect, profile, personalise, measure, activate, train.</summary>
    public IReadOnlyList<string> Purposes { get; init; } = [];

    /// <summary>Purposes of the TCF, 1 to 11.</summary>
    public IReadOnlyList<int> TcfPurposes { get; init; } = [];

    public bool UsesProfile { get; init; }

    public bool AffectsPrices { get; init; }

    /// <summary>minimal, limited, high or prohibited.</summary>
    public string RiskClass { get; init; } = "";

    /// <summary>Answers to <see cref="ScreeningQuestions"/>; all are needed before the version is activated.</summary>
    public IReadOnlyList<ScreeningAnswer> Screening { get; init; } = [];

    public ImpactAssessment? Dpia { get; init; }

    public Lineage? Lineage { get; init; }

    public string? IntendedUse { get; init; }

    public string? ExcludedUse { get; init; }

    public string? Limits { get; init; }

    /// <summary>How good it is, by name: <c>HR@20</c>, also per slice.</summary>
    public IReadOnlyDictionary<string, double> Metrics { get; init; } = new Dictionary<string, double>();

    /// <summary>Who receives data from it.</summary>
    public IReadOnlyList<string> Recipients { get; init; } = [];

    /// <summary>When somebody looks at it again.</summary>
    public DateOnly? ReviewOn { get; init; }

    [JsonIgnore]
    public bool IsHighRisk => RiskClass == RiskClasses.High;
}

/// <param name="Question">Code of the question.</param>
/// <param name="Applies">Whether it describes this policy.</param>
/// <param name="Reasoning">Why, or why not.</param>
internal sealed record ScreeningAnswer(string Question, bool Applies, string Reasoning);

/// <summary>The data protection impact assessment (GDPR, Art. 35).</summary>
/// <param name="IsRequired">Whether one is needed.</param>
/// <param name="Reasoning">Why, or why not.</param>
/// <param name="Reference">Where it is kept; needed when one is required.</param>
/// <param name="ConductedOn">When it was made; needed when one is required.</param>
/// <param name="Outcome">What came of it.</param>
internal sealed record ImpactAssessment(
    bool IsRequired, string Reasoning, string? Reference = null, DateOnly? ConductedOn = null, string? Outcome = null);

/// <summary>Where what it knows comes from.</summary>
internal sealed record Lineage
{
    public IReadOnlyList<string> Sources { get; init; } = [];

    public IReadOnlyList<string> Features { get; init; } = [];

    /// <summary>Features left out on purpose, sensitive ones among them.</summary>
    public IReadOnlyList<string> ExcludedFeatures { get; init; } = [];

    public DateOnly? DataFrom { get; init; }

    public DateOnly? DataTo { get; init; }

    public string? TrainingRun { get; init; }

    public string? DataHash { get; init; }
}

/// <summary>Values of <see cref="Policy.RiskClass"/>.</summary>
internal static class RiskClasses
{
    public const string Minimal = "minimal";
    public const string Limited = "limited";
    public const string High = "high";
    public const string Prohibited = "prohibited";
    public static readonly string[] All = [Minimal, Limited, High, Prohibited];
}
