/* crew_stage.c - the life that fetch and send have in common, around their workers. See crew.h. */
#include "stage/crew.h"

#include <unistd.h>

#include "ground/log.h"
#include "ground/service.h"
#include "stage/load.h"

int
crew_stage(const char *stage, const char *conf, bool once, crew_plan *plan, crew_worker *work)
{
	struct loaded l = { .stage = stage, .once = once };
	int status = CREW_RELOAD, lock;

	log_open(stage, LOG_LEVEL_INFO);
	if (!load_settings(&l, conf))
		return 3;
	lock = load_single(&l, stage);
	if (lock < 0) {
		load_free(&l);
		return 3;
	}
	while (status == CREW_RELOAD) {
		struct crew crew = { .stage = stage, .work = work, .context = &l, .once = once };

		plan(&l, &crew);
		service_ready();
		status = crew_run(&crew);
		if (status == CREW_RELOAD)
			load_again(&l, conf);
	}
	close(lock);
	load_free(&l);
	return status;
}
