using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Personalization.Decisioning.Domain.Restraint.Products;
using Personalization.Decisioning.Domain.Steps;
using Personalization.Decisioning.Pipeline.Restraint;
using Personalization.Kernel;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Privacy;
using Personalization.Tracking.Contracts;

namespace Personalization.Decisioning.Endpoints.Restraint;

/// <summary>How often a shopper is shown the same product.</summary>
internal static class ProductRestraintRegistration
{
    /// <summary>Registers it behind whatever else seals an answer. Options are checked when the host starts.</summary>
    public static IServiceCollection AddProductRestraint(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddValidatedOptions<ProductRestraintOptions>(configuration, ProductRestraintOptions.Section);
        services.AddSingleton<IValidateOptions<ProductRestraintOptions>, ProductRestraintOptionsValidator>();
        services.AddSingleton<ProductLedger>();
        services.AddSingleton<ICheckpointed>(provider => provider.GetRequiredService<ProductLedger>());
        services.AddSingleton<IPersonalDataStore>(provider => provider.GetRequiredService<ProductLedger>());
        services.AddSingleton<IEventStage, RememberSeenStage>();
        services.AddSingleton<ShownProductWriter>();
        services.AddSingleton<IShownProducts>(provider => provider.GetRequiredService<ShownProductWriter>());
        services.AddHostedService(provider => provider.GetRequiredService<ShownProductWriter>());
        services.AddSingleton<IDecisionStep, ExcludeSeenStep>();
        services.AddSingleton<IDecisionStep, PromiseProductsStep>();
        return services;
    }
}
