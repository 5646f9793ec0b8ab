namespace Personalization.Host.Demo.Shoppers;

/// <summary>
/// Who a simulated shopper is: a pure function of seed and number, the same in every run. UserId is the shop's account, null
/// for those who never sign in.
/// </summary>
internal sealed record Persona(
    int Number,
    string AnonymousId,
    string? UserId,
    ConsentChoice Consent,
    Taste Taste,
    string City,
    string Country,
    string Locale,
    string Device)
{
    private const double HasAccount = 0.45;

    private static readonly (string City, string Country, string Locale)[] Places =
    [
        ("Hamburg", "DE", "de-DE"), ("Berlin", "DE", "de-DE"), ("Wien", "AT", "de-AT"), ("Zürich", "CH", "de-CH"),
        ("København", "DK", "da-DK"), ("Oslo", "NO", "nb-NO"), ("Göteborg", "SE", "sv-SE"), ("Utrecht", "NL", "nl-NL"),
        ("Lyon", "FR", "fr-FR"), ("Leeds", "GB", "en-GB"), ("Dublin", "IE", "en-IE"), ("Torino", "IT", "it-IT"),
    ];

    public static Persona Create(int seed, int number)
    {
        var random = DemoSeed.Random(seed, 10, number);
        Span<byte> id = stackalloc byte[16];
        random.NextBytes(id);
        var place = random.Pick(Places);
        return new Persona(
            number,
            new Guid(id).ToString(),
            random.Happens(HasAccount) ? $"customer-{number:00000}" : null,
            (ConsentChoice)random.PickWeighted([0.03, 0.85, 0.12]),
            Taste.Draw(random),
            place.City,
            place.Country,
            place.Locale,
            random.Happens(0.62) ? "mobile" : "desktop");
    }
}
