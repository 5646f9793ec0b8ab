using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Personalization.Consent.Domain.Vendors;
using Personalization.Consent.Storage;

namespace Personalization.Consent.Pipeline;

/// <summary>
/// Loads the vendor list when the host starts, first the kept one and then the source's, and again every few hours. A source that
/// fails changes nothing: the last list goes on counting, and the next try comes sooner than the next refresh. What is on this
/// machine is loaded before the log is replayed: strings in the replay are answered as they were, not denied for want of a list.
/// </summary>
internal sealed partial class VendorListRefresher(
    VendorLists lists,
    VendorListSource source,
    VendorListFile kept,
    IOptions<VendorListOptions> options,
    TimeProvider time,
    ILogger<VendorListRefresher> logger) : BackgroundService, IHostedLifecycleService
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMinutes(1);

    /// <summary>Before anything else of the host starts. A server is not waited for, a file is here.</summary>
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        if (!options.Value.IsConfigured)
        {
            return;
        }

        await LoadKeptAsync(cancellationToken);
        if (!string.IsNullOrEmpty(options.Value.Path))
        {
            await RefreshAsync(cancellationToken);
        }
    }

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>One look at the source; true when its list counts now.</summary>
    internal async Task<bool> RefreshAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (await source.FetchAsync(cancellationToken) is not { } json)
            {
                LogTooLarge(options.Value.MaxBytes);
                return false;
            }

            if (!Take(json))
            {
                return false;
            }

            await kept.KeepAsync(json, cancellationToken);
            return true;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception error) // The loop must outlive a source that is away, slow, or broken in a way of its own.
        {
            LogFailed(error);
            return false;
        }
    }

    /// <summary>Reads the list of an earlier run, so that a start without the source is no start without a list.</summary>
    internal async Task LoadKeptAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (await kept.ReadAsync(options.Value.MaxBytes, cancellationToken) is { } json)
            {
                Take(json);
            }
        }
        catch (IOException error)
        {
            LogFailed(error);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!options.Value.IsConfigured)
        {
            return;
        }

        var full = TimeSpan.FromHours(options.Value.RefreshHours);
        var retry = FirstRetry;
        while (!stoppingToken.IsCancellationRequested)
        {
            var isFresh = await RefreshAsync(stoppingToken);
            var wait = isFresh || retry > full ? full : retry;
            retry = isFresh ? FirstRetry : retry * 2;
            await Task.Delay(wait, time, stoppingToken);
        }
    }

    private bool Take(byte[] json)
    {
        if (!VendorListReader.TryRead(json, out var list, out var error))
        {
            LogRefused(error);
            return false;
        }

        // Versions only grow. An older one is a stale cache on the way, and would know less of who has left. A file is what the operator put there.
        if (string.IsNullOrEmpty(options.Value.Path) && lists.Current is { } current && list.Version < current.Version)
        {
            LogOlder(list.Version, current.Version);
            return false;
        }

        if (list.Version != lists.Current?.Version)
        {
            LogTaken(list.Version, list.Count);
        }

        lists.Current = list;
        return true;
    }

    [LoggerMessage(EventId = 3100, Level = LogLevel.Information, Message = "Vendor list version {Version} with {Vendors} vendors counts from now on")]
    private partial void LogTaken(int version, int vendors);

    [LoggerMessage(EventId = 3101, Level = LogLevel.Warning, Message = "The vendor list could not be loaded; the last one goes on counting")]
    private partial void LogFailed(Exception error);

    [LoggerMessage(EventId = 3102, Level = LogLevel.Warning, Message = "The vendor list was not taken: {Reason}")]
    private partial void LogRefused(string reason);

    [LoggerMessage(EventId = 3103, Level = LogLevel.Warning, Message = "The vendor list was not taken: version {Version} is older than {Current}")]
    private partial void LogOlder(int version, int current);

    [LoggerMessage(EventId = 3104, Level = LogLevel.Warning, Message = "The vendor list was not taken: it has more than {MaxBytes} bytes")]
    private partial void LogTooLarge(int maxBytes);
}
