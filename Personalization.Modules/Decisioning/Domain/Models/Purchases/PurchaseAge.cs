namespace Personalization.Decisioning.Domain.Models.Purchases;

/// <summary>Decay by whole days, from a table: a decision takes no powers.</summary>
internal sealed class PurchaseAge
{
    private const int Days = 2048;
    private const int MinutesPerDay = 24 * 60;
    private readonly float[] _weights = new float[Days];

    public PurchaseAge(double halfLifeDays)
    {
        for (var day = 0; day < Days; day++)
        {
            _weights[day] = (float)double.Exp2(-day / halfLifeDays);
        }
    }

    /// <summary>1 for what is bought at the reference or later, and half of it after each half-life.</summary>
    public float Weight(int minute, int referenceMinute) => _weights[Math.Clamp((referenceMinute - minute) / MinutesPerDay, 0, Days - 1)];
}
