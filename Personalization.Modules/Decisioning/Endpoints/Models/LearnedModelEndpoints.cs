using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Personalization.Decisioning.Domain;
using Personalization.Decisioning.Domain.Models;
using Personalization.Decisioning.Pipeline.Models;
using Personalization.Kernel.Http;

namespace Personalization.Decisioning.Endpoints.Models;

/// <summary><c>/v1/learned-models</c>: what was trained here, from what, and how well it did. Server key required.</summary>
internal static class LearnedModelEndpoints
{
    public static void Map(IEndpointRouteBuilder endpoints)
    {
        var models = endpoints.MapGroup("/v1/learned-models").RequireServerKey();
        models.MapGet("", (LearnedModels learned) => TypedResults.Ok(learned.Trained.All.Select(Describe).ToList())).WithName("ListLearnedModels");
        models.MapPost("train", (Delegate)TrainAsync).WithName("TrainModels");
    }

    /// <summary>Trains from all that was accepted before the call. 200 with the versions that answer from now on, once they do.</summary>
    internal static async Task<IResult> TrainAsync(ModelTraining training, CancellationToken cancellationToken) =>
        TypedResults.Ok((await training.TrainAsync(cancellationToken)).Select(Describe).ToList());

    private static object Describe(IModel model) => new
    {
        name = model.Name,
        version = model.Version,
        lineage = model.Lineage,
    };
}
