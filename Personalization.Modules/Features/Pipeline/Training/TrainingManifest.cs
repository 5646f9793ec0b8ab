using System.Reflection;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Personalization.Features.Contracts;
using Personalization.Features.Domain.Definitions;

namespace Personalization.Features.Pipeline.Training;

/// <summary>Says of a training set where it comes from, so that it can be made again and its rows be trusted.</summary>
internal static class TrainingManifest
{
    public const string FileName = "manifest.json";
    private static readonly string[] Kinds = ["feature", "segment", "funnel", "list", "trigger"];
    private static readonly JsonSerializerOptions Form = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static void Write(
        string folder, TrainingRequest request, TrainingReport report, IReadOnlyList<TrainingColumn> columns, IServiceProvider replayed, DateTimeOffset madeAt)
    {
        var definitions = replayed.GetService<IDefinitionLog>();
        using var file = new FileStream(Path.Combine(folder, FileName), FileMode.CreateNew, FileAccess.Write);
        JsonSerializer.Serialize(
            file,
            new
            {
                madeAt,
                program = typeof(TrainingManifest).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion,
                log = new { from = 0, until = report.Until },
                rule = "A row is an item of a slate that was seen (Recommendation Viewed with a decision_id), or an assignment to an experiment (Experiment Viewed). " +
                    "What is known is as it was just before the event at its offset was applied, by the clock of the log.",
                labels = new { windowMs = (long)request.Window.TotalMilliseconds, by = "event time; an answer that came late counts" },
                consent = new
                {
                    rule = "Only events whose shopper let models be taught when they came, of shoppers who let it be done at the end of the log as well. Erased people are not in the log.",
                    report.WithoutConsent,
                    report.WithdrawnSince,
                },
                rows = report.Rows,
                report.BeyondLimit,
                request = new { request.MaxRows, request.Features, request.Segments, request.Traits },
                definitions = definitions is null
                    ? []
                    : Kinds.SelectMany(kind => definitions.List(kind).Select(found => new { kind, found.Id, found.LiveVersion })).ToList(),
                options = replayed.GetRequiredService<IOptions<FeaturesOptions>>().Value,
                columns = columns.Select(column => new { column.Name, type = column.Type.ToString(), column.Role, file = "columns/" + column.Name + ColumnFiles.ExtensionOf(column.Type) }),
            },
            Form);
        file.Flush(flushToDisk: true);
    }
}
