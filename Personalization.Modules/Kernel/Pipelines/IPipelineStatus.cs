namespace Personalization.Kernel.Pipelines;

/// <summary>How far the stages are behind the log. Safe on any thread.</summary>
public interface IPipelineStatus
{
    /// <summary>False from the start until everything that was in the log at the start has been applied.</summary>
    bool IsCaughtUp { get; }

    /// <summary>True when the stages have ended by an error, which the log names: the host stops, and its process should end with a code that tells so.</summary>
    bool HasFailed { get; }

    /// <summary>Offset that the next committed event gets.</summary>
    long LogNextOffset { get; }

    /// <summary>Every event below this offset has been handed to its partition.</summary>
    long AppliedOffset { get; }

    /// <summary>Completes when everything that was committed before the call has passed all stages.</summary>
    Task WaitUntilAppliedAsync(CancellationToken cancellationToken);

    /// <summary>The same, and no checkpoint is on its way to disk any more: what memory holds then is the state itself.</summary>
    Task WaitUntilSettledAsync(CancellationToken cancellationToken);
}
