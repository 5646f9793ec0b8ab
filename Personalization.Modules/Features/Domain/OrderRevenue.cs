using Personalization.Tracking.Contracts;

namespace Personalization.Features.Domain;

/// <summary>What an order is worth: as the event says, else the sum of its lines.</summary>
internal static class OrderRevenue
{
    /// <summary>Beyond it a number is a mistake or an attack, and one such event would bury all others.</summary>
    private const double Max = 1e9;

    public static double Of(TrackedEvent order)
    {
        if (IsSane(order.Revenue))
        {
            return order.Revenue;
        }

        var sum = 0d;
        foreach (ref readonly var line in order.Lines)
        {
            var amount = (double)line.Price * line.Quantity;
            sum += IsSane(amount) ? amount : 0;
        }

        return Math.Min(sum, Max);
    }

    private static bool IsSane(double amount) => amount is >= 0 and <= Max;
}
