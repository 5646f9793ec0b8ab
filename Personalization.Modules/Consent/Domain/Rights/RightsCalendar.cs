namespace Personalization.Consent.Domain.Rights;

/// <summary>What the law gives for an answer.</summary>
internal static class RightsCalendar
{
    public const string Gdpr = "gdpr";
    public const string Ccpa = "ccpa";

    public static bool IsKnown(string regulation) => regulation is Gdpr or Ccpa;

    /// <summary>Art. 12(3) GDPR: a month from receipt, by the calendar. CCPA § 1798.130(a)(2): 45 days.</summary>
    public static DateTimeOffset DueAt(string regulation, DateTimeOffset receivedAt) =>
        regulation == Ccpa ? receivedAt.AddDays(45) : receivedAt.AddMonths(1);

    /// <summary>Two further months, or 45 further days: always counted from the receipt, so that extending twice gains nothing.</summary>
    public static DateTimeOffset ExtendedDueAt(string regulation, DateTimeOffset receivedAt) =>
        regulation == Ccpa ? receivedAt.AddDays(90) : receivedAt.AddMonths(3);
}
