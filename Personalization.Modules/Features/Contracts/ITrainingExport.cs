namespace Personalization.Features.Contracts;

/// <summary>What a training set is made of.</summary>
/// <param name="DataDirectory">Of the installation; a host may run on it.</param>
/// <param name="Target">Folder to make; nothing may be there.</param>
public sealed record TrainingRequest(string DataDirectory, string Target)
{
    /// <summary>How long after an exposure what the shopper does counts as its outcome, default a day.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromHours(24);

    /// <summary>Rows at most, default 2,000,000: 100 bytes of memory each while it is made. Later exposures are left out and counted.</summary>
    public int MaxRows { get; init; } = 2_000_000;

    /// <summary>Share of the time in which it may work, above 0 to 1.</summary>
    public double Share { get; init; } = 1;

    /// <summary>Declared features that become columns, besides those that every profile has.</summary>
    public IReadOnlyList<string> Features { get; init; } = [];

    /// <summary>Segments that become columns.</summary>
    public IReadOnlyList<string> Segments { get; init; } = [];

    /// <summary>Traits that become columns.</summary>
    public IReadOnlyList<string> Traits { get; init; } = [];
}

/// <summary>What came of it.</summary>
/// <param name="Until">Offset behind the last event that was looked at.</param>
/// <param name="Rows">Rows that were written.</param>
/// <param name="WithoutConsent">Exposures whose shoppers did not let models be taught then.</param>
/// <param name="WithdrawnSince">Rows whose shoppers do not let it be done any more.</param>
/// <param name="BeyondLimit">Exposures for which there was no room.</param>
public sealed record TrainingReport(long Until, long Rows, long WithoutConsent, long WithdrawnSince, long BeyondLimit);

/// <summary>Makes training sets.</summary>
public interface ITrainingExport
{
    /// <summary>Replays the log into a new folder with <c>rows.csv</c>, <c>columns/</c> and <c>manifest.json</c>; the folder appears when it is whole.</summary>
    /// <exception cref="IOException">The target is there already, or the disk refused it.</exception>
    /// <exception cref="FileNotFoundException">There is no log.</exception>
    /// <exception cref="InvalidDataException">The log is of another version.</exception>
    Task<TrainingReport> RunAsync(TrainingRequest request, CancellationToken cancellationToken);
}
