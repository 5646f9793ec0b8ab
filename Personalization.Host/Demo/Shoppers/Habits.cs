namespace Personalization.Host.Demo.Shoppers;

/// <summary>
/// How likely shoppers are to do what next. Set so that of a hundred sessions some twenty put something into the cart and
/// about seven order: a lively shop, but not an incredible one.
/// </summary>
internal static class Habits
{
    public const double LooksAtForYouOnHome = 0.5;
    public const double ReturnsToCart = 0.3;
    public const double SignsInOnHome = 0.3;
    public const double Searches = 0.35;

    /// <summary>
    /// Slates are read from the top: how likely the first item is clicked if it suits perfectly, and how much of the attention each further one gets
    /// of that before it.
    /// </summary>
    public const double ClicksWhatSuits = 0.6;

    /// <inheritdoc cref="ClicksWhatSuits"/>
    public const double ReadsOn = 0.85;

    /// <summary>Of those who came to a product by a recommendation, if it suits perfectly.</summary>
    public const double AddsWhatSuits = 0.3;

    /// <summary>After a product page: add, compare with a similar one, back to the list, look at for-you; else leave.</summary>
    public static ReadOnlySpan<double> AfterView => [0.075, 0.5, 0.13, 0.075, 0.22];

    /// <summary>After adding: look at something that goes with it, to the cart, back to the list; else leave.</summary>
    public static ReadOnlySpan<double> AfterAdd => [0.45, 0.38, 0.1, 0.07];

    public const double AddsCompanion = 0.5;
    public const double RemovesLine = 0.1;
    public const double ChecksOut = 0.55;
    public const double Pays = 0.65;
    public const double TakesTwo = 0.1;

    /// <summary>Nobody stays for more events than this in one session.</summary>
    public const int Patience = 40;

    /// <summary>Events of an average session without recommendations, and with them; tests keep both true.</summary>
    public const double EventsPerSession = 7.5;

    /// <inheritdoc cref="EventsPerSession"/>
    public const double EventsPerLiveSession = 8.6;
}
