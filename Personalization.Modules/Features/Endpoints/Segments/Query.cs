using System.Globalization;

namespace Personalization.Features.Endpoints.Segments;

/// <summary>Reads numbers of a query: nothing is clamped in silence.</summary>
internal static class Query
{
    /// <summary>False when it is there and no whole number within the bounds.</summary>
    public static bool TryNumber(string? text, int otherwise, int least, int most, out int number)
    {
        number = otherwise;
        return string.IsNullOrEmpty(text)
            || (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number) && number >= least && number <= most);
    }
}
