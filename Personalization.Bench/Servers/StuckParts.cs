using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Personalization.Decisioning;
using Personalization.Decisioning.Domain;
using Personalization.Decisioning.Domain.Candidates;
using Personalization.Features.Contracts;

namespace Personalization.Bench.Servers;

/// <summary>A model in front of every plan that, once told to, holds whoever asks it and looks at no deadline.</summary>
internal sealed class StuckParts : ICandidateSource
{
    public const int HoldSeconds = 10;
    private static readonly ManualResetEventSlim Never = new();
    private static volatile bool _hangs;

    /// <summary>From here on it hangs: the rest is warm, and what is measured is the hanging alone.</summary>
    public static void Begin() => _hangs = true;

    /// <summary>Puts it into the product's plans.</summary>
    public static void AddTo(IServiceCollection services) => services.AddSingleton(provider =>
    {
        var stuck = new StuckParts();
        var usual = CandidatePlan.Create(
            provider.GetRequiredService<LearnedModels>(), provider.GetRequiredService<IOptions<DecisioningOptions>>().Value, provider.GetRequiredService<ICatalog>());
        return new CandidatePlan(kind => [stuck, .. usual[kind]], usual.Baseline);
    });

    public void Propose(DecisionContext context)
    {
        if (_hangs)
        {
            Never.Wait(TimeSpan.FromSeconds(HoldSeconds));
        }
    }

    public PartDescription Describe() => new("stuck", "Holds whoever asks.", UsesProfile: false);
}
