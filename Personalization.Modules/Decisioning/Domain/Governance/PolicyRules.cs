using Personalization.Consent.Contracts;

namespace Personalization.Decisioning.Domain.Governance;

/// <summary>What a policy must state: its form when it is registered, the whole of it before it is activated.</summary>
internal static class PolicyRules
{
    private const int MaxText = 4_000;
    private const int MaxList = 200;
    private const int MaxIdLength = 128;
    private const int MaxTcfPurpose = 11;
    private static readonly string[] Prefixes = ["placement:", "model:", "rules:"];
    private static readonly string[] LegalBases = ["consent", "legitimate-interest", "contract", "legal-obligation"];

    private static readonly string[] OwnPurposes =
        [.. Enum.GetValues<Purposes>().Where(purpose => purpose is not (Consent.Contracts.Purposes.None or Consent.Contracts.Purposes.All)).Select(purpose => purpose.ToString().ToLowerInvariant())];

    public static bool IsId(string id) =>
        id.Length <= MaxIdLength
        && Array.Exists(Prefixes, prefix => id.StartsWith(prefix, StringComparison.Ordinal) && id.Length > prefix.Length)
        && id.All(c => char.IsAsciiLetterOrDigit(c) || c is ':' or '-' or '_' or '.' or '@');

    /// <summary>What is wrong with the form; empty when nothing is.</summary>
    public static IReadOnlyList<string> FaultsOf(Policy policy)
    {
        var faults = new List<string>();
        Demand(policy.Owner.Length is > 0 and <= MaxText, "owner is missing, or too long");
        Demand(policy.Purpose.Length is > 0 and <= MaxText, "purpose is missing, or too long");
        Demand(LegalBases.Contains(policy.LegalBasis, StringComparer.Ordinal), $"legalBasis must be one of {string.Join(", ", LegalBases)}");
        Demand(RiskClasses.All.Contains(policy.RiskClass, StringComparer.Ordinal), $"riskClass must be one of {string.Join(", ", RiskClasses.All)}");
        Demand(policy.Purposes.All(purpose => OwnPurposes.Contains(purpose, StringComparer.Ordinal)), $"purposes are of {string.Join(", ", OwnPurposes)}");
        Demand(policy.TcfPurposes.All(purpose => purpose is >= 1 and <= MaxTcfPurpose), $"tcfPurposes are numbers from 1 to {MaxTcfPurpose}");
        Demand(
            policy.Screening.All(answer => answer is { Reasoning.Length: > 0 and <= MaxText } && IsKnown(answer.Question)),
            "each answer of screening has the code of a question (/v1/governance/screening) and a reasoning");
        Demand(policy.Screening.DistinctBy(answer => answer?.Question).Count() == policy.Screening.Count, "a question of screening is answered twice");
        Demand(policy.Recipients.Count <= MaxList && policy.Metrics.Count <= MaxList, $"recipients and metrics have at most {MaxList} entries");
        Demand(policy.Dpia is null or { Reasoning.Length: > 0 and <= MaxText }, "dpia has no reasoning");
        return faults;

        void Demand(bool isMet, string fault)
        {
            if (!isMet)
            {
                faults.Add(fault);
            }
        }
    }

    /// <summary>Why the version must not decide; null when it may.</summary>
    public static string? WhyNotActive(Policy policy)
    {
        var missing = ScreeningQuestions.All.Where(question => policy.Screening.All(answer => answer.Question != question.Code)).ToList();
        if (missing.Count > 0)
        {
            return $"Screening is incomplete: {string.Join(", ", missing.Select(question => question.Code))}.";
        }

        var applying = ScreeningQuestions.All
            .Where(question => policy.Screening.Any(answer => answer.Question == question.Code && answer.Applies))
            .ToList();
        if (policy.RiskClass == RiskClasses.Prohibited || applying.Exists(question => question.Consequence == ScreeningConsequence.Prohibited))
        {
            return $"What it does is prohibited: {string.Join(", ", applying.Where(IsProhibited).Select(question => question.Law))}.";
        }

        if (!policy.IsHighRisk && applying.Find(question => question.Consequence == ScreeningConsequence.High) is { } high)
        {
            return $"Its riskClass must be high: {high.Law} applies.";
        }

        if (policy.AffectsPrices != applying.Exists(question => question.Code == ScreeningQuestions.PersonalisedPrice))
        {
            return $"affectsPrices and the answer to {ScreeningQuestions.PersonalisedPrice} contradict each other.";
        }

        return WhyNotAssessed(policy);
    }

    private static string? WhyNotAssessed(Policy policy) => policy.Dpia switch
    {
        null when policy.IsHighRisk || policy.UsesProfile => "It uses profiles or is of high risk, and says nothing about a DPIA.",
        { IsRequired: true, Reference: null or "" } or { IsRequired: true, ConductedOn: null } => "Its DPIA is required, and has no reference or date.",
        _ => null,
    };

    private static bool IsKnown(string code) => ScreeningQuestions.All.Any(question => question.Code == code);

    private static bool IsProhibited(ScreeningQuestion question) => question.Consequence == ScreeningConsequence.Prohibited;
}
