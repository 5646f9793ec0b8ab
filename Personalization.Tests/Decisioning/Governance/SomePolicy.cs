using Personalization.Decisioning.Domain.Governance;

namespace Personalization.Tests.Decisioning.Governance;

/// <summary>A policy that may be activated as it is.</summary>
internal static class SomePolicy
{
    public static Policy Complete(string riskClass = RiskClasses.Minimal, params string[] applying) => new()
    {
        Owner = "merchandising",
        Purpose = "Helps shoppers find what they look for.",
        LegalBasis = "consent",
        Purposes = ["profile", "personalise"],
        TcfPurposes = [5, 6],
        UsesProfile = true,
        AffectsPrices = applying.Contains(ScreeningQuestions.PersonalisedPrice),
        RiskClass = riskClass,
        Screening = [.. ScreeningQuestions.All.Select(question => new ScreeningAnswer(
            question.Code, applying.Contains(question.Code), "Looked at by the merchandising team."))],
        Dpia = new ImpactAssessment(IsRequired: true, "Profiling of many people.", "DPIA-7", new DateOnly(2026, 1, 31), "Acceptable."),
    };
}
