namespace Personalization.Decisioning.Domain.Governance;

/// <summary>What a yes means.</summary>
internal enum ScreeningConsequence
{
    /// <summary>Duties to inform, which are kept elsewhere.</summary>
    Informs,

    /// <summary>The risk class must be high.</summary>
    High,

    /// <summary>It must not be done.</summary>
    Prohibited,
}

/// <param name="Code">Stable.</param>
/// <param name="Law">Where it comes from.</param>
/// <param name="Text">Describes a practice; the answer is whether the policy is one.</param>
/// <param name="Consequence">What follows from a yes.</param>
internal sealed record ScreeningQuestion(string Code, string Law, string Text, ScreeningConsequence Consequence);

/// <summary>
/// The screening of a policy's risk: AI Act (Regulation 2024/1689) Art. 5 and Annex III, Digital Services Act (Regulation 2022/2065), GDPR, and the
/// Consumer Rights Directive. A summary to think along, no legal advice.
/// </summary>
internal static class ScreeningQuestions
{
    public const string PersonalisedPrice = "crd-6-1-ea";

    public static readonly IReadOnlyList<ScreeningQuestion> All =
    [
        Forbidden("ai-act-5-1-a", "AI Act Art. 5(1)(a)", "Manipulates or deceives people so that they decide what they would not have, to their significant harm."),
        Forbidden("ai-act-5-1-b", "AI Act Art. 5(1)(b)", "Exploits vulnerabilities due to age, disability, or a social or economic situation."),
        Forbidden("ai-act-5-1-c", "AI Act Art. 5(1)(c)", "Scores people by social behaviour and treats them worse for it elsewhere."),
        Forbidden("ai-act-5-1-d", "AI Act Art. 5(1)(d)", "Predicts criminal offences from profiling alone."),
        Forbidden("ai-act-5-1-e", "AI Act Art. 5(1)(e)", "Builds databases of faces by untargeted scraping."),
        Forbidden("ai-act-5-1-f", "AI Act Art. 5(1)(f)", "Infers emotions at work or in education."),
        Forbidden("ai-act-5-1-g", "AI Act Art. 5(1)(g)", "Categorises people biometrically by sensitive traits."),
        Forbidden("ai-act-5-1-h", "AI Act Art. 5(1)(h)", "Identifies people remotely and biometrically in public, in real time, for law enforcement."),
        High("ai-act-iii-1", "AI Act Annex III(1)", "Biometric identification, categorisation, or recognition of emotions."),
        High("ai-act-iii-2", "AI Act Annex III(2)", "Safety of critical infrastructure."),
        High("ai-act-iii-3", "AI Act Annex III(3)", "Access to, or assessment in, education and training."),
        High("ai-act-iii-4", "AI Act Annex III(4)", "Recruitment, promotion, tasks or evaluation at work."),
        High("ai-act-iii-5", "AI Act Annex III(5)", "Access to essential services: benefits, creditworthiness, life and health insurance, emergency calls."),
        High("ai-act-iii-6", "AI Act Annex III(6)", "Law enforcement."),
        High("ai-act-iii-7", "AI Act Annex III(7)", "Migration, asylum and border control."),
        High("ai-act-iii-8", "AI Act Annex III(8)", "Justice, and influence on elections."),
        Forbidden("dsa-26-3", "DSA Art. 26(3)", "On a platform, advertises by profiling with special categories of data."),
        Forbidden("dsa-28-2", "DSA Art. 28(2)", "On a platform, advertises by profiling to people known to be minors."),
        Informs("dsa-27", "DSA Art. 27", "Is a recommender system of an online platform: its main parameters are published."),
        Informs("dsa-38", "DSA Art. 38", "Is a recommender system of a very large platform: one option is not based on profiling."),
        High("gdpr-9", "GDPR Art. 9", "Uses or infers special categories of data."),
        High("gdpr-22", "GDPR Art. 22", "Decides alone, with legal or similarly significant effects."),
        Informs(PersonalisedPrice, "Directive 2011/83 Art. 6(1)(ea)", "Personalises prices by automated decisions: shoppers are told."),
    ];

    private static ScreeningQuestion Forbidden(string code, string law, string text) => new(code, law, text, ScreeningConsequence.Prohibited);

    private static ScreeningQuestion High(string code, string law, string text) => new(code, law, text, ScreeningConsequence.High);

    private static ScreeningQuestion Informs(string code, string law, string text) => new(code, law, text, ScreeningConsequence.Informs);
}
