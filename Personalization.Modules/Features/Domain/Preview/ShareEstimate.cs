namespace Personalization.Features.Domain.Preview;

/// <summary>How many of a population a condition holds for, guessed from a part of it that was drawn at random.</summary>
/// <param name="Count">The likeliest number.</param>
/// <param name="Low">In 19 of 20 draws the true number is not below this.</param>
/// <param name="High">Nor above this.</param>
/// <param name="Asked">Profiles that were drawn.</param>
internal sealed record ShareEstimate(long Count, long Low, long High, long Asked)
{
    /// <summary>Standard deviations on both sides that hold 95 of 100.</summary>
    private const double Z = 1.96;

    /// <summary>
    /// Wilson's interval (1927), which stays sensible when nobody of the part matches, narrowed for a part that is no small share of the whole.
    /// </summary>
    /// <param name="members">For how many of the drawn it holds.</param>
    /// <param name="asked">How many were drawn.</param>
    /// <param name="population">How many there are to be drawn from.</param>
    public static ShareEstimate Of(long members, long asked, long population)
    {
        if (asked == 0 || asked >= population)
        {
            return new ShareEstimate(members, members, asked == 0 ? population : members, asked);
        }

        var share = members / (double)asked;
        var z2 = Z * Z * (population - asked) / Math.Max(1, population - 1.0);
        var middle = (share + (z2 / (2 * asked))) / (1 + (z2 / asked));
        var half = Math.Sqrt(z2) / (1 + (z2 / asked)) * Math.Sqrt((share * (1 - share) / asked) + (z2 / (4.0 * asked * asked)));
        return new ShareEstimate(
            (long)Math.Round(share * population),
            (long)Math.Floor(Math.Clamp(middle - half, 0, 1) * population),
            (long)Math.Ceiling(Math.Clamp(middle + half, 0, 1) * population),
            asked);
    }
}
