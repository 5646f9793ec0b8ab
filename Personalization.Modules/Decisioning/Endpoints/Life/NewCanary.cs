using Personalization.Decisioning.Domain.Life;

namespace Personalization.Decisioning.Endpoints.Life;

/// <summary>How a version is to be tried, as a body; what is left out is as usual.</summary>
internal sealed record NewCanary(double? Share = null, long? Answers = null, double? MaxDays = null, double? MaxHitRateLoss = null, string? Despite = null)
{
    public CanaryRule Rule
    {
        get
        {
            var standard = new CanaryRule();
            return new CanaryRule(Share ?? standard.Share, Answers ?? standard.Answers, MaxDays ?? standard.MaxDays, MaxHitRateLoss ?? standard.MaxHitRateLoss);
        }
    }
}
