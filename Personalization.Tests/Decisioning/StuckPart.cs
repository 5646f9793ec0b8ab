using Personalization.Decisioning.Domain.Candidates;
using Personalization.Decisioning.Domain.Steps;

namespace Personalization.Tests.Decisioning;

/// <summary>Holds whoever asks it until it is released.</summary>
internal sealed class StuckPart : ICandidateSource, IDisposable
{
    private readonly ManualResetEventSlim _mayGo = new();
    private int _calls;

    public ManualResetEventSlim Entered { get; } = new();

    public int Calls => _calls;

    public Action OnCall { get; set; } = () => { };

    public void Release() => _mayGo.Set();

    public void Propose(DecisionContext context)
    {
        Interlocked.Increment(ref _calls);
        OnCall();
        Entered.Set();
        _mayGo.Wait();
    }

    public PartDescription Describe() => new("stuck", "Holds whoever asks.", UsesProfile: false);

    public void Dispose()
    {
        _mayGo.Set();
        _mayGo.Dispose();
        Entered.Dispose();
    }
}

/// <summary>The same as a step.</summary>
internal sealed class StuckStep(StuckPart stuck, DecisionPhase phase = DecisionPhase.Arrange) : IDecisionStep
{
    public DecisionPhase Phase => phase;

    public string Name => "stuck_step";

    public void Apply(DecisionContext context, object? scratch) => stuck.Propose(context);
}
