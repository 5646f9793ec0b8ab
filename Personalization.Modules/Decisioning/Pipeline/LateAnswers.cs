using Microsoft.Extensions.Logging;
using Personalization.Decisioning.Domain;
using Personalization.Kernel.Pipelines;

namespace Personalization.Decisioning.Pipeline;

/// <summary>
/// Answers in the place of decisions that hang, on threads that are there only while there is something to answer: the pool's may all be held. Bounded
/// both ways; a decision for which there is no room is not taken from its thread.
/// </summary>
internal sealed partial class LateAnswers(Personalizer personalizer, ILogger logger)
{
    /// <summary>Answers that wait. Each takes some tens of microseconds.</summary>
    private const int MaxWaiting = 1_024;

    /// <summary>More than one is needed only when something holds these too.</summary>
    private const int MaxThreads = 8;
    private readonly Queue<CutShort> _waiting = new();
    private int _threads;

    public bool HasRoom
    {
        get
        {
            lock (_waiting)
            {
                return _waiting.Count < MaxWaiting;
            }
        }
    }

    public void Add(CutShort cut)
    {
        lock (_waiting)
        {
            _waiting.Enqueue(cut);
        }
    }

    /// <summary>A further thread if any still waits: so one that is held holds up the others for one look of the watch only.</summary>
    public void Begin()
    {
        lock (_waiting)
        {
            if (_waiting.Count == 0 || _threads >= MaxThreads)
            {
                return;
            }

            _threads++;
        }

        _ = BackgroundWork.RunAsync(AnswerAll, "late answers", stepsBack: false);
    }

    private void AnswerAll()
    {
        while (Next() is { } cut)
        {
            _ = AnswerAsync(cut);
        }
    }

    private CutShort? Next()
    {
        lock (_waiting)
        {
            if (_waiting.TryDequeue(out var cut))
            {
                return cut;
            }

            _threads--;
            return null;
        }
    }

    private async Task AnswerAsync(CutShort cut)
    {
        try
        {
            await personalizer.AnswerLate(cut);
            cut.Written.SetResult();
        }
        catch (Exception error) // Whoever was to be answered is told by the thread that comes back; the others must get their answers.
        {
            LogLost(error, cut.Placement.Name);
            cut.Written.SetException(error);
        }
    }

    [LoggerMessage(EventId = 5361, Level = LogLevel.Error, Message = "A late answer for {Placement} could not be given")]
    private partial void LogLost(Exception error, string placement);
}
