using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Personalization.Features.Domain.Lists;

namespace Personalization.Features.Pipeline.Lists;

/// <summary>Tells what lists leave out: once in the log of the process, always as a number.</summary>
internal sealed partial class ListMetrics
{
    private readonly PeopleLists _lists;
    private readonly ILogger<ListMetrics> _logger;
    private int _isTold;

    public ListMetrics(PeopleLists lists, IMeterFactory meters, ILogger<ListMetrics> logger)
    {
        (_lists, _logger) = (lists, logger);
        meters.Create(FeaturesMetrics.MeterName).CreateObservableCounter(
            "features.lists.left_out", () => lists.LeftOut, "{word}", "Words about lists that were not kept because so much had been said of their person already.");
    }

    public void Watch()
    {
        if (_lists.LeftOut > 0 && Interlocked.Exchange(ref _isTold, 1) == 0)
        {
            LogLeftOut(PersonLists.Max);
        }
    }

    [LoggerMessage(EventId = 4150, Level = LogLevel.Warning, Message = "Somebody is on more than {Max} lists, or was taken off them; further ones are left out. The counter features.lists.left_out tells how many")]
    private partial void LogLeftOut(int max);
}
